import type { DigestName } from '../disk/digests.ts';
import {
  type ChecksumAlgorithm,
  type ChecksumRecord,
  type ChecksumType,
  checksumAlgorithms,
} from '../index/records.ts';
import { S3Error } from '../objects/s3-error.ts';
import type { S3Request } from './s3-request.ts';
import type { XmlNode } from './xml.ts';

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
export function checksumNodes(checksum: ChecksumRecord | undefined): XmlNode[] {
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
 * A checksum that nobody here can compute is not passed over: whoever sent it counts on its being checked.
 *
 * @throws S3Error `InvalidRequest`
 */
export function assertKnownChecksums(request: S3Request): void {
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

/** Whether this is the Base64 of so many bytes, in its one spelling. */
export function isBase64(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}
