import { type ChecksumAlgorithm, checksumAlgorithms } from '../index/records.ts';
import type { NamedPart } from '../objects/complete-upload.ts';
import { S3Error } from '../objects/s3-error.ts';
import { childrenOf, readXml, textOf, type XmlElement } from './read-xml.ts';

const maxParts = 10_000;

/**
 * Reads the body of CompleteMultipartUpload.
 *
 * @throws S3Error `MalformedXML`, `InvalidPartOrder`
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
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
  const checksum = checksumAlgorithms
    .map((algorithm: ChecksumAlgorithm) => textOf(element, `Checksum${algorithm}`)?.trim())
    .find((value) => value !== undefined);
  return { partNumber: Number(number), etag, ...(checksum !== undefined && { checksum }) };
}
