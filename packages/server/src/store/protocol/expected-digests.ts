import type { Digests } from '../disk/digests.ts';
import { type ChecksumAlgorithm, type ChecksumRecord, checksumAlgorithms } from '../index/records.ts';
import { S3Error } from '../objects/s3-error.ts';
import {
  assertChecksumValue,
  assertKnownChecksums,
  checksumHeader,
  digestNameOf,
  isBase64,
  readAlgorithm,
} from './checksums.ts';
import type { S3Request } from './s3-request.ts';

/** What a client says about the bytes it sends. */
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
export function readExpectedDigests(request: S3Request): ExpectedDigests {
  const checksum = readExpectedChecksum(request);
  return { ...readExpectedMd5(request), ...(checksum !== undefined && { checksum }) };
}

/** Content-MD5 alone. @throws S3Error `InvalidDigest` */
export function readExpectedMd5(request: S3Request): ExpectedDigests {
  const md5 = request.header('content-md5');
  if (md5 === undefined) return {};
  if (!isBase64(md5, 16)) throw new S3Error('InvalidDigest');
  return { md5 };
}

function readExpectedChecksum(request: S3Request): ExpectedDigests['checksum'] {
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
function readAnnouncedTrailers(request: S3Request): string[] {
  const names = (request.header('x-amz-trailer') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.every((name) => checksumAlgorithms.some((known) => name === checksumHeader(known)))) return names;
  throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
}

/**
 * Holds the bytes that came against what was said of them.
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

/** A checksum behind the bytes that nobody announced would not be checked. @throws S3Error `MalformedTrailerError` */
function assertAnnounced(trailers: ReadonlyMap<string, string>, checksum: ExpectedDigests['checksum']): void {
  const announced = checksum?.isInTrailer === true ? checksumHeader(checksum.algorithm) : undefined;
  for (const name of trailers.keys()) {
    if (name !== announced) throw new S3Error('MalformedTrailerError');
  }
}
