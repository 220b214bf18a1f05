import { type Limits, StorageError } from '@bkend/storage-contract';
import type { SizeRange } from './size-range.ts';

/**
 * Refuses a size that no file may have.
 * @throws `file/size-negative`, `file/file-too-small`, `file/file-too-large`
 */
export function requireFileSize(sizeBytes: number, { minBytes, maxBytes }: SizeRange): void {
  if (sizeBytes < 0)
    throw new StorageError('file/size-negative', 'A size is a count of bytes; it is not negative.');
  if (sizeBytes < minBytes) {
    const message =
      sizeBytes === 0 ? 'An empty file cannot be stored.' : `The file must have at least ${minBytes} bytes.`;
    throw new StorageError('file/file-too-small', message, { details: { minBytes, sizeBytes } });
  }
  if (sizeBytes > maxBytes) {
    throw new StorageError('file/file-too-large', `The file may have at most ${maxBytes} bytes.`, {
      details: { maxBytes, sizeBytes },
    });
  }
}

const mebibyte = 1024 * 1024;

/** As long as that stays far from 10,000 parts: small enough that a part sent again costs little. */
const usualPartBytes = 8 * mebibyte;
const comfortablyMany = 9_500;

/**
 * How to cut a file: 8 MiB a part, as far as the limits allow, or more where that would come near S3's 10,000 parts.
 * Whole mebibytes, where the limits are.
 */
export function planParts(
  sizeBytes: number,
  limits: Pick<Limits, 'minPartBytes' | 'maxPartBytes'>,
): { partSizeBytes: number; partCount: number } {
  const needed = Math.ceil(sizeBytes / comfortablyMany / mebibyte) * mebibyte;
  const wanted = Math.min(Math.max(usualPartBytes, limits.minPartBytes), limits.maxPartBytes);
  const partSizeBytes = Math.max(wanted, needed);
  return { partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) };
}
