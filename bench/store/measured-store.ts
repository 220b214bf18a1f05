import { createSigner } from '@bkend/sigv4';

/** An S3 server in a separate process, with a bucket called `bucket`. */
export interface MeasuredStore {
  readonly name: string;
  readonly endpoint: string;
  readonly pid: number | undefined;
}

export const credentials = { accessKeyId: 'AKIDSERVICE', secretAccessKey: 'service-secret' };
const signer = createSigner({ credentials, region: 'us-east-1' });

/** A presigned URL of an object in its bucket. */
export function presign(
  endpoint: string,
  method: 'GET' | 'PUT',
  object: string | { readonly key: string; readonly expiresInSeconds: number },
): string {
  const { key, expiresInSeconds } =
    typeof object === 'string' ? { key: object, expiresInSeconds: 3600 } : object;
  return signer.presign({ method, endpoint, path: `/bucket/${key}`, expiresInSeconds, at: new Date() });
}
