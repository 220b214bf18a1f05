import type { ByteSpan } from '../objects/read-content.ts';
import { S3Error } from '../objects/s3-error.ts';

/**
 * Reads a Range header with one range. Anything else (several ranges, another unit, nonsense) counts as no range, which
 * RFC 9110 §14.2 allows and S3 does.
 *
 * @returns undefined for no range
 * @throws S3Error `InvalidRange` for a range behind the end
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteSpan | undefined {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const suffixBytes = Number(last);
    if (suffixBytes === 0 || sizeBytes === 0) throw invalidRange(header, sizeBytes);
    return { start: Math.max(sizeBytes - suffixBytes, 0), end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw invalidRange(header, sizeBytes);
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

function invalidRange(header: string | undefined, sizeBytes: number): S3Error {
  return new S3Error('InvalidRange', undefined, {
    RangeRequested: header ?? '',
    ActualObjectSize: String(sizeBytes),
  });
}
