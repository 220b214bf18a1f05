import type { Category, FileFilter, OwnerType, Visibility } from '@bkend/storage';
import type { Output } from '../../output.ts';
import { requireStoredFolder } from '../folders/stored-folder.ts';
import { formatBytes } from '../format.ts';
import { openClient } from '../open-client.ts';
import { folderOf, pathOf } from '../remote-path.ts';

export interface FindCommandOptions {
  readonly name?: string;
  readonly mime?: string;
  readonly category?: Category;
  readonly visibility?: Visibility;
  readonly tag?: string;
  readonly owner?: string;
  readonly ownerType?: OwnerType;
  readonly mine?: boolean;
  /** ISO 8601. */
  readonly after?: string;
  readonly before?: string;
  /** Bytes. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Only the paths, one a line. */
  readonly paths?: boolean;
}

/** `find`: lists all files in a folder and below it that meet all conditions. */
export async function find(
  folder: string | undefined,
  options: FindCommandOptions,
  { show }: Output,
): Promise<void> {
  const { name, mime, owner, after, before, paths, ...same } = options;
  const filter: FileFilter = {
    ...same,
    ...(folder !== undefined && { folder: folderOf(folder), recursive: true }),
    ...(name !== undefined && { search: name }),
    ...(mime !== undefined && { mimeType: mime }),
    ...(owner !== undefined && { ownerId: owner }),
    ...(after !== undefined && { createdAfter: after }),
    ...(before !== undefined && { createdBefore: before }),
  };
  const storage = await openClient();
  let isEmpty = true;
  for await (const file of storage.list(filter)) {
    isEmpty = false;
    const columns = [
      file.id,
      formatBytes(file.size).padStart(8),
      file.createdAt.slice(0, 16).replace('T', ' '),
    ];
    const path = pathOf(file);
    show(paths ? { path } : file, paths ? path : [...columns, path].join('  '));
  }
  if (isEmpty && folder !== undefined) await requireStoredFolder(storage, folderOf(folder));
}
