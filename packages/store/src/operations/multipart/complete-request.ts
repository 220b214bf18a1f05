import { isChecksumValue } from '../../checksums/expected-digests.ts';
import { S3Error } from '../../errors/s3-error.ts';
import { childrenOf, readXml, textOf, type XmlElement } from '../../http/read-xml.ts';
import { checksumAlgorithms } from '../../index/records.ts';
import type { NamedPart } from '../../objects/complete-upload.ts';

const maxParts = 10_000;

/**
 * Reads the body of CompleteMultipartUpload.
 *
 * @throws S3Error `MalformedXML`, `InvalidPartOrder`, `InvalidArgument`
 */
export function readCompleteRequest(document: Buffer): NamedPart[] {
  const root = readXml(document);
  if (root.name !== 'CompleteMultipartUpload') throw new S3Error('MalformedXML');
  const elements = childrenOf(root, 'Part');
  if (elements.length === 0 || elements.length > maxParts) throw new S3Error('MalformedXML');
  const parts = elements.map(readPart);
  for (const [index, part] of parts.entries()) {
    if (index > 0 && part.partNumber <= (parts[index - 1]?.partNumber ?? 0))
      throw new S3Error('InvalidPartOrder');
  }
  return parts;
}

function readPart(element: XmlElement): NamedPart {
  const number = textOf(element, 'PartNumber')?.trim() ?? '';
  const etag = textOf(element, 'ETag')?.trim();
  if (!/^-?\d{1,5}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
  if (Number(number) < 1) {
    throw new S3Error('InvalidArgument', 'PartNumber must be >= 1', {
      ArgumentName: 'PartNumber',
      ArgumentValue: number,
    });
  }
  const checksum = readChecksum(element);
  return { partNumber: Number(number), etag, ...(checksum !== undefined && { checksum }) };
}

function readChecksum(element: XmlElement): string | undefined {
  const found = checksumAlgorithms.flatMap((algorithm) => {
    const value = textOf(element, `Checksum${algorithm}`)?.trim();
    return value === undefined ? [] : [{ algorithm, value }];
  });
  const [checksum, ...others] = found;
  if (checksum === undefined) return undefined;
  if (others.length === 0 && isChecksumValue(checksum.algorithm, checksum.value)) return checksum.value;
  throw new S3Error('InvalidArgument', 'Invalid Base64 or multiple checksums present in request');
}
