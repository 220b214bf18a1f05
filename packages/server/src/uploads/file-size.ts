import { StorageError } from '@bkend/storage-contract';
import type { SizeRange } from './size-range.ts';

/**
 * Refuses a size outside the range.
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
