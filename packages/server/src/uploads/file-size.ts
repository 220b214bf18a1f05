import { type Limits, StorageError } from '@bkend/storage-contract';
import type { EnvironmentSettings } from '../projects/settings-table.ts';

/** The sizes that a file may have, in bytes, both ends included. */
export interface SizeRange {
  readonly minBytes: number;
  readonly maxBytes: number;
}

/**
 * The sizes that an upload may have: the service's limit on its way of sending, and what the environment allows.
 * @param way one PUT, or a multipart upload
 */
export function sizeRangeOf(
  way: 'single' | 'multipart',
  limits: Pick<Limits, 'maxSinglePutBytes' | 'maxMultipartBytes'>,
  settings: EnvironmentSettings,
): SizeRange {
  const mostOfWay = way === 'single' ? limits.maxSinglePutBytes : limits.maxMultipartBytes;
  return {
    minBytes: settings['uploads.minFileBytes'],
    maxBytes: Math.min(mostOfWay, settings['uploads.maxFileBytes']),
  };
}

export function isInRange(sizeBytes: number, { minBytes, maxBytes }: SizeRange): boolean {
  return sizeBytes >= minBytes && sizeBytes <= maxBytes;
}

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
