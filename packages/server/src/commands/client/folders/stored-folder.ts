import { type CallOptions, type Storage, StorageError, type StoredFile } from '@bkend/storage';
import { pathOf, splitPath } from '../remote-path.ts';

/** The files in a folder and below it, by what the caller may do with them. */
export interface FolderSurvey {
  /** Those that the caller may change and delete. */
  readonly files: number;
  /** Their size. */
  readonly bytes: number;
  /** The number of their owners. */
  readonly owners: number;
  /** The first of them. */
  readonly first: readonly StoredFile[];
  /** Files that the caller sees and may not delete. */
  readonly others: number;
}

const maxFirst = 5;

/** Counts the files in a folder and below it that the caller sees. */
export async function surveyFolder(
  storage: Storage,
  folder: string,
  { signal }: CallOptions = {},
): Promise<FolderSurvey> {
  const owners = new Set<string>();
  const first: StoredFile[] = [];
  let [files, bytes, others] = [0, 0, 0];
  for await (const file of storage.list({ folder, recursive: true, ...(signal && { signal }) })) {
    if (!file.permissions.canDelete) {
      others += 1;
      continue;
    }
    files += 1;
    bytes += file.size;
    owners.add(`${file.ownerType}:${file.ownerId}`);
    if (first.length < maxFirst) first.push(file);
  }
  return { files, bytes, owners: owners.size, first, others };
}

/** Where a folder is looked for. */
export interface FolderScope {
  /** Among the files in the trash, rather than the others. */
  readonly trash?: true;
}

/** Whether the caller sees a file or a folder below this one. */
async function holdsAnything(storage: Storage, folder: string, scope: FolderScope): Promise<boolean> {
  const { items } = await storage.listPage({ folder, recursive: true, limit: 1, ...scope });
  if (items.length > 0) return true;
  for await (const _ of storage.listFolders({ parent: folder, ...scope })) return true;
  return false;
}

/** Whether the caller sees this folder, which may be a kept one without files. */
export async function hasFolder(storage: Storage, folder: string, scope: FolderScope = {}): Promise<boolean> {
  if (await holdsAnything(storage, folder, scope)) return true;
  for await (const { path } of storage.listFolders({ parent: splitPath(folder).folder, ...scope })) {
    if (path === folder) return true;
  }
  return false;
}

/**
 * Requires a folder that the caller sees: an argument without files may be one, or a mistake. The root is always there.
 * @throws `file/not-found`
 */
export async function requireStoredFolder(storage: Storage, folder: string): Promise<void> {
  if (folder === '' || (await hasFolder(storage, folder))) return;
  throw new StorageError('file/not-found', `There is no folder ${folder}.`);
}

/** Whether the caller sees a file of this path. */
export async function hasFile(storage: Storage, path: string): Promise<boolean> {
  const { folder, name } = splitPath(path);
  for await (const file of storage.list({ folder, search: name })) {
    if (pathOf(file) === path) return true;
  }
  return false;
}

/** The error of a folder that the caller does not see. */
export function folderNotFound(): StorageError {
  return new StorageError('file/not-found', 'There is no such folder.');
}

/** `1 file`, `1,500 files`. */
export function countFiles(count: number): string {
  return count === 1 ? '1 file' : `${count.toLocaleString('en')} files`;
}

/** `2 files of other owners stay.` */
export function othersStay(count: number): string {
  return count === 1 ? '1 file of another owner stays.' : `${countFiles(count)} of other owners stay.`;
}
