import type { FileView, ListFilesAnswer } from '@bkend/storage-contract';
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
