import type { Limits } from '@bkend/storage-contract';
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
