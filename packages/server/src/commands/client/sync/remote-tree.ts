import { basename, resolve } from 'node:path';
import type { Storage, StoredFile } from '@bkend/storage';
import type { RemoteEntry } from './compare.ts';
import { recordedSha256, recordedTimeMs, syncPathOf } from './sync-mark.ts';

/** A stored file below the synced folder, with its record. */
export interface RemoteFileEntry extends RemoteEntry {
  readonly file: StoredFile;
}

export interface RemoteScope {
  /** `''` for the root. */
  readonly folder: string;
  /** All files that the caller may see, instead of the caller's own. */
  readonly anyOwner: boolean;
  readonly signal: AbortSignal;
}

/** Reads all files of a folder and of those below it. */
export async function readRemoteTree(
  storage: Storage,
  { folder, anyOwner, signal }: RemoteScope,
): Promise<RemoteFileEntry[]> {
  const entries: RemoteFileEntry[] = [];
  const filter = { folder, recursive: true, ...(!anyOwner && { mine: true }), signal };
  for await (const file of storage.list(filter)) entries.push(toRemoteEntry(file, pathWithin(folder, file)));
  return entries;
}

/**
 * Reads the files that an earlier version's sync may have uploaded for this folder: they are in no folder, have a tag with the
 * last name of the local one, and their path in the metadata.
 */
export async function readUnfiled(
  storage: Storage,
  directory: string,
  signal: AbortSignal,
): Promise<RemoteFileEntry[]> {
  const tag = unfiledTag(directory);
  const entries: RemoteFileEntry[] = [];
  // Half a character is no tag.
  if (!tag.isWellFormed()) return entries;
  for await (const file of storage.list({ tag, mine: true, signal })) {
    const path = syncPathOf(file);
    const isUnfiled = file.folder === '' && path !== undefined;
    if (isUnfiled && basename(path) === file.originalName) {
      entries.push({ ...toRemoteEntry(file, path), isSynced: true });
    }
  }
  return entries;
}

/** The tag that an earlier version's sync gave to the files of a folder. */
export function unfiledTag(directory: string): string {
  return `sync:${basename(resolve(directory))}`.slice(0, 64);
}

function pathWithin(folder: string, file: StoredFile): string {
  const below = folder === '' ? file.folder : file.folder.slice(folder.length + 1);
  return below === '' ? file.originalName : `${below}/${file.originalName}`;
}

/** A stored file as it is compared with a local one. @param path relative to the folder */
export function toRemoteEntry(file: StoredFile, path: string): RemoteFileEntry {
  const recordedMs = recordedTimeMs(file);
  const isFirst = file.version === 1;
  return {
    id: file.id,
    path,
    sizeBytes: file.size,
    etag: file.etag,
    ownerId: file.ownerId,
    createdAt: file.createdAt,
    sha256: recordedSha256(file),
    // Contents that were never replaced are as old as the file.
    modifiedMs: recordedMs ?? (isFirst ? Date.parse(file.createdAt) : undefined),
    isSynced: recordedMs !== undefined,
    file,
  };
}
