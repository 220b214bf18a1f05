import type { Limits } from '@bkend/storage-contract';

const mebibyte = 1024 * 1024;

/** The usual part size: small enough that resending a part costs little, large enough that syncing each part does. */
const usualPartBytes = 16 * mebibyte;
/** Larger parts are used where the usual size would make more parts than this; S3 allows 10,000. */
const maxUsualParts = 9_500;

/**
 * The size and number of parts: 16 MiB a part within the limits, or more where that would come near S3's 10,000 parts. Whole
 * mebibytes, where the limits are.
 */
export function planParts(
  sizeBytes: number,
  limits: Pick<Limits, 'minPartBytes' | 'maxPartBytes'>,
): { partSizeBytes: number; partCount: number } {
  const needed = Math.ceil(sizeBytes / maxUsualParts / mebibyte) * mebibyte;
  const wanted = Math.min(Math.max(usualPartBytes, limits.minPartBytes), limits.maxPartBytes);
  const partSizeBytes = Math.max(wanted, needed);
  return { partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) };
}
