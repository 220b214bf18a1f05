import { type Credentials, createSigner, encodePathS3, type Signer } from '@bkend/sigv4';
import type { ObjectStore } from '../files/object-store.ts';
import type { Clock } from '../files/ports.ts';
import type { BucketAddress } from './bucket-address.ts';

export interface PresignerOptions {
  readonly address: BucketAddress;
  readonly region: string;
  /** Asked for each URL; may answer differently when temporary credentials were renewed. */
  readonly credentials: () => Promise<Credentials>;
  readonly clock: Clock;
}

export type Presigner = Pick<ObjectStore, 'presignPut' | 'presignPart' | 'presignGet' | 'location'>;

/**
 * Makes URLs that let a client do one thing with one object. No round trip.
 * A URL signed with temporary credentials ends with them, however long it was meant to live.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
export function createPresigner(options: PresignerOptions): Presigner {
  const { address, clock } = options;
  const signerNow = signerFollowing(options);
  const place = (key: string) => ({ endpoint: address.origin, path: address.basePath + key });
  return {
    async presignPut({ key, contentType, sizeBytes, expiresInSeconds }) {
      const length = sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) };
      const headers = { 'content-type': contentType, ...length };
      const signer = await signerNow();
      return signer.presign({ ...place(key), method: 'PUT', headers, expiresInSeconds, at: clock() });
    },
    async presignPart({ key, multipartId, partNumber, expiresInSeconds }) {
      const query = { partNumber: String(partNumber), uploadId: multipartId };
      const signer = await signerNow();
      return signer.presign({ ...place(key), method: 'PUT', query, expiresInSeconds, at: clock() });
    },
    async presignGet({ key, contentType, contentDisposition, expiresInSeconds }) {
      const query = {
        'response-content-type': contentType,
        'response-content-disposition': contentDisposition,
      };
      const signer = await signerNow();
      return signer.presign({ ...place(key), method: 'GET', query, expiresInSeconds, at: clock() });
    },
    location: (key) => address.origin + encodePathS3(address.basePath + key),
  };
}

/** Keeps a signer, and with it its day's key, for as long as the credentials stay the same. */
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
