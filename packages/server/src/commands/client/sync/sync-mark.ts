import type { FileMetadataPatch, StoredFile } from '@bkend/storage';

type FileWithContents = Pick<StoredFile, 'metadata'> & { readonly version?: number };

/**
 * The record of a sync in a file's metadata, `custom.sync`: the modification time of the contents where they came from, and the
 * version of the file that it and `custom.sha256` belong to. A file whose contents are replaced by another client has another
 * version.
 */
interface SyncMark {
  /** ISO 8601. */
  readonly modifiedAt: string;
  readonly version: number;
}

/** @param version of the contents; a new file has 1 */
export function customMark(modifiedMs: number, version = 1): { readonly sync: SyncMark } {
  return { sync: { modifiedAt: new Date(modifiedMs).toISOString(), version } };
}

/**
 * A patch that records the contents of a file, and forgets what is recorded of others.
 * @param sha256 in hex, where it is known
 */
export function markPatch(modifiedMs: number, file: FileWithContents, sha256?: string): FileMetadataPatch {
  const known = sha256 ?? recordedSha256(file) ?? null;
  const custom = { ...customMark(modifiedMs, file.version), sha256: known };
  return { custom: { ...custom, ...(syncPathOf(file) !== undefined && { syncPath: null }) } };
}

/** The recorded modification time of the present contents, in milliseconds since 1970. */
export function recordedTimeMs(file: FileWithContents): number | undefined {
  const mark = markOf(file);
  const modifiedMs = mark ? Date.parse(mark.modifiedAt) : Number.NaN;
  return Number.isNaN(modifiedMs) || mark?.version !== (file.version ?? 1) ? undefined : modifiedMs;
}

/** The recorded SHA-256 of the present contents, in hex. */
export function recordedSha256(file: FileWithContents): string | undefined {
  const sha256 = file.metadata.custom?.sha256;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) return undefined;
  // Without a mark it was recorded by the upload, which made version 1.
  const version = markOf(file)?.version ?? 1;
  return version === (file.version ?? 1) ? sha256.toLowerCase() : undefined;
}

/** The path that an earlier version's sync has recorded. */
export function syncPathOf({ metadata }: Pick<StoredFile, 'metadata'>): string | undefined {
  const path = metadata.custom?.syncPath;
  return typeof path === 'string' ? path : undefined;
}

function markOf({ metadata }: FileWithContents): SyncMark | undefined {
  const mark = metadata.custom?.sync;
  if (typeof mark !== 'object' || mark === null || !('modifiedAt' in mark) || !('version' in mark))
    return undefined;
  const { modifiedAt, version } = mark;
  return typeof modifiedAt === 'string' && typeof version === 'number' ? { modifiedAt, version } : undefined;
}
