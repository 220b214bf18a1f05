import type { FileFilter, SortField, StoredFile } from '@bkend/storage';
import type { Output } from '../output.ts';
import { openClient } from './open-client.ts';
import { formatBytes, formatTable } from './output.ts';

const shownAtOnce = 100;

export interface LsOptions {
  readonly long?: boolean;
  readonly sort: SortField;
  readonly reverse?: boolean;
  readonly mime?: string;
  readonly search?: string;
  readonly all?: boolean;
}

/** `ls`: the files you may see, newest first. */
export async function ls(options: LsOptions, { isJson, print, show }: Output): Promise<void> {
  const { long = false, sort, reverse = false, mime, search, all = false } = options;
  const isAscending = (sort === 'originalName' || sort === 'mimeType') !== reverse;
  const filter: FileFilter = {
    sortBy: sort,
    sortDirection: isAscending ? 'asc' : 'desc',
    ...(mime !== undefined && { mimeType: mime }),
    ...(search !== undefined && { search }),
  };
  const storage = await openClient();
  const files: StoredFile[] = [];
  let isMore = false;
  for await (const file of storage.list(filter)) {
    isMore = !all && files.length === shownAtOnce;
    if (isMore) break;
    if (isJson) show(file, '');
    files.push(file);
  }
  if (!isJson) for (const line of formatTable(files.map((file) => row(file, long)))) print(line);
  if (isMore) process.stderr.write(`These are the first ${shownAtOnce}; --all shows all.\n`);
}

function row(file: StoredFile, isLong: boolean): (string | number)[] {
  const short = [file.id, formatBytes(file.size).padStart(8), file.createdAt.slice(0, 16).replace('T', ' ')];
  if (!isLong) return [...short, file.originalName];
  return [...short, file.visibility, file.mimeType, file.ownerId ?? '', file.originalName, file.key];
}
