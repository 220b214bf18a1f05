import { type Credentials, createSigner, encodePathS3, type Signer } from '@bkend/sigv4';
import type { ObjectStore } from '../files/object-store.ts';
import type { Clock } from '../files/ports.ts';
import type { BucketAddress } from './bucket-address.ts';

export interface PresignerOptions {
  readonly address: BucketAddress;
  readonly region: string;
  /** Called for each URL; the result changes when temporary credentials are renewed. */
  readonly credentials: () => Promise<Credentials>;
  readonly clock: Clock;
}

export type Presigner = Pick<ObjectStore, 'presignPut' | 'presignPart' | 'presignGet' | 'location'>;

/**
 * Presigns URLs for one request on one object each, without a round trip. A URL signed with temporary credentials expires with
 * them, whatever its own expiry.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
export function createPresigner(options: PresignerOptions): Presigner {
  const { address, clock } = options;
  const signerNow = signerFollowing(options);
  const addressOf = (key: string) => ({ endpoint: address.origin, path: address.basePath + key });
  return {
    async presignPut({ key, contentType, sizeBytes, expiresInSeconds }) {
      const length = sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) };
      const headers = { 'content-type': contentType, ...length };
      const signer = await signerNow();
      return signer.presign({ ...addressOf(key), method: 'PUT', headers, expiresInSeconds, at: clock() });
    },
    async presignPart({ key, multipartId, partNumber, expiresInSeconds }) {
      const query = { partNumber: String(partNumber), uploadId: multipartId };
      const signer = await signerNow();
      return signer.presign({ ...addressOf(key), method: 'PUT', query, expiresInSeconds, at: clock() });
    },
    async presignGet({ key, contentType, contentDisposition, expiresInSeconds }) {
      const query = {
        'response-content-type': contentType,
        'response-content-disposition': contentDisposition,
      };
      const signer = await signerNow();
      return signer.presign({ ...addressOf(key), method: 'GET', query, expiresInSeconds, at: clock() });
    },
    location: (key) => address.origin + encodePathS3(address.basePath + key),
  };
}

/** Keeps a signer, with its signing key of the day, as long as the credentials stay the same. */
function signerFollowing({ credentials, region }: PresignerOptions): () => Promise<Signer> {
  let current: { readonly credentials: Credentials; readonly signer: Signer } | undefined;
  return async () => {
    const now = await credentials();
    if (current === undefined || !isSame(current.credentials, now)) {
      current = { credentials: now, signer: createSigner({ credentials: now, region }) };
    }
    return current.signer;
  };
}

function isSame(a: Credentials, b: Credentials): boolean {
  return (
    a === b ||
    (a.accessKeyId === b.accessKeyId &&
      a.secretAccessKey === b.secretAccessKey &&
      a.sessionToken === b.sessionToken)
  );
}
