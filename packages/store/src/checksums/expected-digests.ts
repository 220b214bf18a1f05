import { S3Error } from '../errors/s3-error.ts';
import {
  type ChecksumAlgorithm,
  type ChecksumRecord,
  type ChecksumType,
  checksumAlgorithms,
} from '../index/records.ts';
import type { DigestName, Digests } from './digests.ts';

/** Headers of a request as the operations of S3 read them. */
export interface RequestHeaders {
  /** @param name in lower case. Presigned requests may carry `x-amz-*` headers as parameters of the URL */
  header(name: string): string | undefined;
  /** As `header`, without parameters of the URL. */
  sentHeader(name: string): string | undefined;
  /** All headers, those in the URL included. */
  headers(): Iterable<readonly [name: string, value: string]>;
}

/** Digests a client announced for the bytes it sends. */
export interface ExpectedDigests {
  /** Base64, from Content-MD5. */
  readonly md5?: string;
  readonly checksum?: {
    readonly algorithm: ChecksumAlgorithm;
    /** Base64; absent when it comes as a trailer, or is only to be computed. */
    readonly value?: string;
    readonly isInTrailer: boolean;
  };
}

/**
 * Reads Content-MD5, the `x-amz-checksum-…` headers and `x-amz-trailer`. Checksums in the URL of a presigned request are
 * passed over: the AWS SDK puts that of an empty body there.
 *
 * @throws S3Error `InvalidDigest`, `InvalidRequest`
 */
export function readExpectedDigests(request: RequestHeaders): ExpectedDigests {
  const checksum = readExpectedChecksum(request);
  return { ...readExpectedMd5(request), ...(checksum !== undefined && { checksum }) };
}

/** Content-MD5 alone. @throws S3Error `InvalidDigest` */
export function readExpectedMd5(request: RequestHeaders): ExpectedDigests {
  const md5 = request.header('content-md5');
  if (md5 === undefined) return {};
  if (!isBase64(md5, 16)) throw new S3Error('InvalidDigest');
  return { md5 };
}

function readExpectedChecksum(request: RequestHeaders): ExpectedDigests['checksum'] {
  assertKnownChecksums(request);
  const found: NonNullable<ExpectedDigests['checksum']>[] = [];
  const trailers = readAnnouncedTrailers(request);
  for (const algorithm of checksumAlgorithms) {
    const name = checksumHeader(algorithm);
    const value = request.sentHeader(name);
    if (value !== undefined) {
      assertChecksumValue(algorithm, value);
      found.push({ algorithm, value, isInTrailer: false });
    }
    if (trailers.includes(name)) found.push({ algorithm, isInTrailer: true });
  }
  const [checksum, ...others] = found;
  if (others.length > 0) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const announced = request.sentHeader('x-amz-sdk-checksum-algorithm');
  if (announced !== undefined && checksum?.algorithm !== readAlgorithm(announced)) {
    throw new S3Error(
      'InvalidRequest',
      checksum === undefined
        ? 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.'
        : 'Value for x-amz-sdk-checksum-algorithm header is invalid.',
    );
  }
  return checksum;
}

/** @throws S3Error `InvalidRequest` for anything but checksums */
function readAnnouncedTrailers(request: RequestHeaders): string[] {
  const names = (request.header('x-amz-trailer') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.every((name) => checksumAlgorithms.some((known) => name === checksumHeader(known)))) return names;
  throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
}

/**
 * Compares the received bytes with the digests the client announced.
 *
 * @returns the checksum to keep, in base64
 * @throws S3Error `BadDigest`, `InvalidRequest`, `MalformedTrailerError`
 */
export function verifyDigests(
  expected: ExpectedDigests,
  digests: Digests,
  trailers: ReadonlyMap<string, string>,
): Omit<ChecksumRecord, 'type'> | undefined {
  const md5 = digests.get('md5')?.toString('base64');
  if (expected.md5 !== undefined && expected.md5 !== md5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: expected.md5,
      CalculatedDigest: md5 ?? '',
    });
  }
  const { checksum } = expected;
  assertAnnounced(trailers, checksum);
  if (checksum === undefined) return undefined;
  const { algorithm } = checksum;
  const name = checksumHeader(algorithm);
  const announced = checksum.isInTrailer ? trailers.get(name) : checksum.value;
  if (checksum.isInTrailer) {
    if (announced === undefined) throw new S3Error('MalformedTrailerError');
    assertChecksumValue(algorithm, announced);
  }
  const value = digests.get(digestNameOf(algorithm))?.toString('base64') ?? '';
  if (announced !== undefined && announced !== value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value };
}

/** A trailing checksum that was not announced would not be verified. @throws S3Error `MalformedTrailerError` */
function assertAnnounced(trailers: ReadonlyMap<string, string>, checksum: ExpectedDigests['checksum']): void {
  const announced = checksum?.isInTrailer === true ? checksumHeader(checksum.algorithm) : undefined;
  for (const name of trailers.keys()) {
    if (name !== announced) throw new S3Error('MalformedTrailerError');
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
const sizeBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

export function digestNameOf(algorithm: ChecksumAlgorithm): DigestName {
  // Every algorithm is a digest, written in lower case.
  return algorithm.toLowerCase() as DigestName;
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** @throws S3Error `InvalidRequest` for an algorithm S3 does not have */
export function readAlgorithm(text: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithms.find((known) => known === text.toUpperCase());
  if (algorithm === undefined) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumAlgorithms.join(', ')}]`,
    );
  }
  return algorithm;
}

/** The headers that tell a checksum, where there is one. */
export function checksumHeaders(
  checksum: (Omit<ChecksumRecord, 'type'> & { readonly type?: ChecksumType }) | undefined,
): Record<string, string> {
  if (checksum === undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    ...(checksum.type !== undefined && { 'x-amz-checksum-type': checksum.type }),
  };
}

/** The same as elements of a document. */
export function checksumNodes(
  checksum: ChecksumRecord | undefined,
): (readonly [name: string, value: string])[] {
  if (checksum === undefined) return [];
  return [
    [`Checksum${checksum.algorithm}`, checksum.value],
    ['ChecksumType', checksum.type],
  ];
}

const checksumPrefix = 'x-amz-checksum-';
const notValues = ['algorithm', 'mode', 'type'];
const knownNames = new Set([
  ...notValues.map((name) => checksumPrefix + name),
  ...checksumAlgorithms.map(checksumHeader),
]);

/**
 * Refuses a checksum of an unknown algorithm: its sender relies on its being verified.
 *
 * @throws S3Error `InvalidRequest`
 */
function assertKnownChecksums(request: RequestHeaders): void {
  for (const [name] of request.headers()) {
    if (!name.startsWith(checksumPrefix) || knownNames.has(name)) continue;
    if (request.sentHeader(name) === undefined) continue;
    throw new S3Error(
      'InvalidRequest',
      'The algorithm type you specified in x-amz-checksum- header is invalid.',
    );
  }
}

/** @throws S3Error `InvalidRequest` for what no checksum of the algorithm looks like */
export function assertChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  if (isChecksumValue(algorithm, value)) return;
  throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  return isBase64(value, sizeBytes[algorithm]);
}

/** Whether `text` is the canonical Base64 of `bytes` bytes. */
function isBase64(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}
