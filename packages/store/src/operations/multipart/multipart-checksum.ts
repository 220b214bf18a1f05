import { combineCrcs } from '../../checksums/combine-crcs.ts';
import { MultiDigest } from '../../checksums/digests.ts';
import type { RequestHeaders } from '../../checksums/expected-digests.ts';
import {
  assertChecksumValue,
  checksumHeader,
  digestNameOf,
  readAlgorithm,
} from '../../checksums/expected-digests.ts';
import { S3Error } from '../../errors/s3-error.ts';
import type { ChecksumAlgorithm, ChecksumRecord, ChecksumType, UploadRecord } from '../../index/records.ts';
import type { ChosenPart } from '../../objects/complete-upload.ts';

/**
 * Which checksum an upload is to have.
 *
 * @throws S3Error `InvalidRequest`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function readUploadChecksum(request: RequestHeaders): UploadRecord['checksum'] {
  const text = request.header('x-amz-checksum-algorithm');
  const wantedType = request.header('x-amz-checksum-type')?.toUpperCase();
  if (text === undefined) {
    if (wantedType === undefined) return undefined;
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = readAlgorithm(text);
  const type = wantedType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (!typesOf(algorithm).some((possible) => possible === type)) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  // The line above has just checked that.
  return { algorithm, type: type as ChecksumType };
}

function typesOf(algorithm: ChecksumAlgorithm): readonly ChecksumType[] {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT'];
  return algorithm === 'SHA1' || algorithm === 'SHA256' ? ['COMPOSITE'] : ['COMPOSITE', 'FULL_OBJECT'];
}

/**
 * Computes an object's checksum from those of its parts, and compares it with the client's. For a composite
 * one the client has to repeat those of the parts.
 *
 * @throws S3Error `InvalidRequest`, `BadDigest`
 */
export function multipartChecksum(
  request: RequestHeaders,
  upload: UploadRecord,
  parts: readonly ChosenPart[],
): ChecksumRecord | undefined {
  if (upload.checksum === undefined) return undefined;
  const { algorithm, type } = upload.checksum;
  const values = parts.map(({ part, named }) => {
    const isRepeated = type === 'FULL_OBJECT' || named.checksum !== undefined;
    if (isRepeated && part.checksum?.algorithm === algorithm) {
      return Buffer.from(part.checksum.value, 'base64');
    }
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.partNumber} in the request.`,
    );
  });
  const value =
    type === 'COMPOSITE'
      ? `${digestOfDigests(algorithm, values)}-${parts.length}`
      : combineCrcs(
          algorithm,
          values.map((crc, index) => ({ crc, sizeBytes: parts[index]?.part.content.sizeBytes ?? 0 })),
        ).toString('base64');
  const announcedType = request.header('x-amz-checksum-type');
  if (announcedType !== undefined && announcedType !== type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const announced = readAnnounced(request, upload.checksum);
  if (announced !== undefined && announced !== value && announced !== value.replace(/-\d+$/, '')) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, type, value };
}

/** The value the client announced; a composite one may end with the number of parts. */
function readAnnounced(
  request: RequestHeaders,
  { algorithm, type }: NonNullable<UploadRecord['checksum']>,
): string | undefined {
  const announced = request.sentHeader(checksumHeader(algorithm));
  if (announced === undefined) return undefined;
  assertChecksumValue(algorithm, type === 'COMPOSITE' ? announced.replace(/-\d{1,5}$/, '') : announced);
  return announced;
}

function digestOfDigests(algorithm: ChecksumAlgorithm, values: readonly Buffer[]): string {
  const name = digestNameOf(algorithm);
  const digest = new MultiDigest([name]);
  for (const value of values) digest.update(value);
  return digest.digest().get(name)?.toString('base64') ?? '';
}
