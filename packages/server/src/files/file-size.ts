import { StorageError } from '@bkend/storage-contract';

/**
 * Refuses a size no file may have.
 * @throws `file/size-negative`, `file/file-too-small`, `file/file-too-large`
 */
export function requireFileSize(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes < 0)
    throw new StorageError('file/size-negative', 'A size is a count of bytes; it is not negative.');
  if (sizeBytes === 0) throw new StorageError('file/file-too-small', 'An empty file cannot be stored.');
  if (sizeBytes > maxBytes) {
    throw new StorageError('file/file-too-large', `The file may have at most ${maxBytes} bytes.`, {
      details: { maxBytes, sizeBytes },
    });
  }
}

const mebibyte = 1024 * 1024;

/**
 * How to cut a file: 8 MiB a part, or more where that would come near S3's 10,000 parts. Whole mebibytes, so that
 * every part but the last is at least S3's minimum of 5 MiB.
 */
export function planParts(sizeBytes: number): { partSizeBytes: number; partCount: number } {
  const comfortablyMany = 9_500;
  const needed = Math.ceil(sizeBytes / comfortablyMany / mebibyte) * mebibyte;
  const partSizeBytes = Math.max(8 * mebibyte, needed);
  return { partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) };
}
