import { decodeUriComponentS3, type RequestTarget as EncodedTarget, queryParameters } from '@bkend/sigv4';
import { S3Error } from '../errors/s3-error.ts';

/** Target of a request: the service, a bucket, or a key in a bucket. */
export interface RequestTarget {
  readonly bucket?: string;
  readonly key?: string;
  /** Decoded; the first of repeated names. Without the parameters that authenticate a presigned URL. */
  readonly query: ReadonlyMap<string, string>;
}

const maxKeyBytes = 1024;

const { securityToken: _, ...ofSignatures } = queryParameters;
const signatureParameters: ReadonlySet<string> = new Set(Object.values(ofSignatures));

/**
 * Reads path-style and, below `baseDomain`, virtual-host-style targets. Nothing is normalised: every byte of a key counts.
 *
 * @param encoded as the signature was checked on it
 * @param at.baseDomain without a port
 * @throws SignatureError `InvalidURI` for what is no UTF-8; S3Error `KeyTooLongError`, `InvalidBucketName`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function readTarget(
  encoded: EncodedTarget,
  at: { readonly host: string | undefined; readonly baseDomain: string | undefined },
): RequestTarget {
  const query = new Map<string, string>();
  for (const [name, value] of encoded.query) {
    if (signatureParameters.has(name)) continue;
    const decodedName = decodeUriComponentS3(name);
    if (!query.has(decodedName)) query.set(decodedName, decodeUriComponentS3(value));
  }
  const path = decodeUriComponentS3(encoded.path).slice(1);
  const bucketInHost = findBucketInHost(encoded.authority ?? at.host, at.baseDomain);
  if (bucketInHost !== undefined) return withKey(bucketInHost, path, query);
  if (path === '') return { query };
  const bucketEnd = path.indexOf('/');
  if (bucketEnd < 0) return withKey(path, '', query);
  return withKey(path.slice(0, bucketEnd), path.slice(bucketEnd + 1), query);
}

/**
 * Refuses names that no bucket ever had; names of new buckets are restricted further.
 *
 * @throws S3Error `InvalidBucketName`
 */
export function checkBucketCharacters(bucket: string): void {
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(bucket)) {
    throw new S3Error('InvalidBucketName', undefined, { BucketName: bucket });
  }
}

function withKey(bucket: string, key: string, query: RequestTarget['query']): RequestTarget {
  checkBucketCharacters(bucket);
  if (key === '') return { bucket, query };
  checkKeyLength(key);
  return { bucket, key, query };
}

export function isKeyTooLong(key: string): boolean {
  return Buffer.byteLength(key) > maxKeyBytes;
}

/** @throws S3Error `KeyTooLongError` */
export function checkKeyLength(key: string): void {
  if (!isKeyTooLong(key)) return;
  throw new S3Error('KeyTooLongError', undefined, {
    Size: String(Buffer.byteLength(key)),
    MaxSizeAllowed: String(maxKeyBytes),
  });
}

function findBucketInHost(host: string | undefined, baseDomain: string | undefined): string | undefined {
  if (host === undefined || baseDomain === undefined) return undefined;
  const name = host.replace(/:\d*$/, '').toLowerCase();
  const suffix = `.${baseDomain.toLowerCase()}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined;
}
