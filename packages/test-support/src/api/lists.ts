import type { FileView, FolderView, ListFilesAnswer, ListFoldersAnswer } from '@bkend/storage-contract';
import type { Client } from './client.ts';

export type ListQuery = Readonly<Record<string, string | number>>;

/** One page. */
export function listFiles(client: Client, query: ListQuery = {}): Promise<ListFilesAnswer> {
  return client.ask<ListFilesAnswer>('GET', `/v1/files?${toParameters(query)}`);
}

export function toParameters(query: ListQuery): URLSearchParams {
  return new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]),
  );
}

export async function namesIn(client: Client, query: ListQuery = {}): Promise<string[]> {
  const { items } = await listFiles(client, query);
  return items.map(({ originalName }) => originalName);
}

/** All pages, each from where the one before ended. `between` runs after each page. */
export async function readByCursor(
  client: Client,
  query: ListQuery,
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<FileView[]> {
  const files: FileView[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    const answer = await listFiles(client, { ...query, ...(cursor !== undefined && { cursor }) });
    files.push(...answer.items);
    cursor = answer.pagination.nextCursor;
    if (cursor === undefined) return files;
    await between(page);
  }
}

/** All pages by their numbers. */
export async function readByPage(client: Client, query: ListQuery): Promise<FileView[]> {
  const files: FileView[] = [];
  for (let page = 1; ; page += 1) {
    const { items, pagination } = await listFiles(client, { ...query, page });
    files.push(...items);
    if (!pagination.hasNextPage) return files;
  }
}

/** All folders in a folder, page by page. @param query more of it: `mine=true` */
export async function listFolders(client: Client, parent: string, query = ''): Promise<FolderView[]> {
  const folders: FolderView[] = [];
  let cursor: string | undefined;
  do {
    const page = new URLSearchParams({ parent, ...(cursor !== undefined && { cursor }) });
    const answer = await client.ask<ListFoldersAnswer>('GET', `/v1/folders?${page}&${query}`);
    folders.push(...answer.items);
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  return folders;
}

/** The folder of this path, if the caller sees it. */
export async function findFolder(client: Client, path: string, query = ''): Promise<FolderView | undefined> {
  const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  const folders = await listFolders(client, parent, query);
  return folders.find((folder) => folder.path === path);
}
