import type { FileFilter, Folder, SortField, StoredFile } from '@bkend/storage';
import type { Output } from '../../output.ts';
import { requireStoredFolder } from '../folders/stored-folder.ts';
import { formatBytes, formatTable } from '../format.ts';
import { openClient } from '../open-client.ts';
import { folderOf, pathOf } from '../remote-path.ts';

const maxShown = 100;

export interface LsOptions {
  readonly long?: boolean;
  /** Default: by name in a folder, else by date. */
  readonly sort?: SortField;
  readonly reverse?: boolean;
  readonly mime?: string;
  readonly search?: string;
  readonly all?: boolean;
  readonly trash?: boolean;
}

/**
 * `ls`: lists the files that the caller may see, newest first; or the folders and files in a folder. With `trash` it lists those in
 * the trash.
 */
export async function ls(folder: string | undefined, options: LsOptions, output: Output): Promise<void> {
  const { long = false, all = false } = options;
  const { isJson, print, show } = output;
  const storage = await openClient();
  const rows: Row[] = [];
  let isEmpty = true;
  if (folder !== undefined) {
    const filter = { parent: folderOf(folder), ...(options.trash && { trash: true }) };
    for await (const each of storage.listFolders(filter)) {
      isEmpty = false;
      const { path, files, bytes } = each;
      if (isJson) show({ folder: path, files, bytes }, '');
      else rows.push(toFolderRow(each, long));
    }
  }
  let files = 0;
  let hasMore = false;
  for await (const file of storage.list(toFilter(folder, options))) {
    hasMore = !all && files === maxShown;
    if (hasMore) break;
    files += 1;
    isEmpty = false;
    if (isJson) show(file, '');
    else rows.push(toRow(file, long));
  }
  // A folder in the trash is no folder.
  if (isEmpty && folder !== undefined && !options.trash) {
    await requireStoredFolder(storage, folderOf(folder));
  }
  for (const line of formatTable(rows)) print(line);
  if (hasMore) process.stderr.write(`These are the first ${maxShown}; --all shows all.\n`);
}

type Row = (string | number)[];

function toFilter(folder: string | undefined, options: LsOptions): FileFilter {
  const {
    sort = folder === undefined ? 'createdAt' : 'originalName',
    reverse = false,
    mime,
    search,
    trash,
  } = options;
  const isAscending = (sort === 'originalName' || sort === 'mimeType') !== reverse;
  return {
    sortBy: sort,
    sortDirection: isAscending ? 'asc' : 'desc',
    ...(folder !== undefined && { folder: folderOf(folder) }),
    ...(trash && { trash }),
    ...(mime !== undefined && { mimeType: mime }),
    ...(search !== undefined && { search }),
  };
}

function toFolderRow({ path, files, bytes }: Folder, isLong: boolean): Row {
  const count = files === 1 ? '1 file' : `${files} files`;
  return ['', formatBytes(bytes).padStart(8), count, ...(isLong ? ['', '', ''] : []), `${path}/`];
}

function toRow(file: StoredFile, isLong: boolean): Row {
  const date = (file.deletedAt ?? file.createdAt).slice(0, 16).replace('T', ' ');
  const short = [file.id, formatBytes(file.size).padStart(8), date];
  if (!isLong) return [...short, pathOf(file)];
  return [...short, file.visibility, file.mimeType, file.ownerId ?? '', pathOf(file), file.key];
}
