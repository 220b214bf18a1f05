import { StorageError } from '@bkend/storage-contract';
import type { File } from '../file.ts';

/**
 * Refuses a change by a client that has not seen the file's contents as they are: `If-Match` must name their ETag, or be `*`
 * (RFC 9110, section 13.1.1, by the strong comparison). Without the header every change passes.
 * @throws `file/version-conflict`
 */
export function requireMatch(
  { etag, version }: Pick<File, 'etag' | 'version'>,
  ifMatch: string | undefined,
): void {
  if (readIfMatch(ifMatch)?.includes(etag) ?? true) return;
  throw versionConflict({ etag, version });
}

/** The error of a change by a client that has not seen the file's contents as they are. */
export function versionConflict({ etag, version }: Pick<File, 'etag' | 'version'>): StorageError {
  return new StorageError(
    'file/version-conflict',
    'The contents of this file are others than If-Match names: they were replaced meanwhile.',
    { details: { etag, version } },
  );
}

/** The ETags of `If-Match` of which the file must have one, without their quotes; undefined: it may have any. */
export function readIfMatch(ifMatch: string | undefined): readonly string[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const tags = ifMatch.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.filter((tag) => tag.startsWith('"')).map((tag) => tag.slice(1, -1));
}
