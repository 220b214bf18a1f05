import type { SortField } from '@bkend/storage-contract';
import pg from 'pg';
import type { File } from '../packages/server/dist/files/file.js';
import type { FolderRepository } from '../packages/server/dist/files/folders/folder-repository.js';
import type {
  FileFilter,
  FilePageRequest,
  FilePosition,
} from '../packages/server/dist/files/listing/listing.js';
import type { FileRepository } from '../packages/server/dist/files/ports.js';
import type { Caller } from '../packages/server/dist/identity/caller.js';
import { Database } from '../packages/server/dist/postgres/database/database.js';
import { createFileRepository } from '../packages/server/dist/postgres/file-repository.js';
import { createFolderRepository } from '../packages/server/dist/postgres/folder-repository.js';
import { migrate } from '../packages/server/dist/postgres/migrations/migrate.js';
import { rareWord, seedFiles } from '../packages/test-support/src/postgres/seed-files.ts';
import { startTestServer } from '../packages/test-support/src/postgres/test-server.ts';
import { folderLists } from './list-folders.ts';
import type { Result } from './result.ts';

const tenant = 'bench/dev';
const few = 10_000;
const many = 1_000_000;
const users = 10_000;
const rounds = 200;
const pageSize = 20;
const sortFields: readonly SortField[] = ['createdAt', 'updatedAt', 'originalName', 'size', 'mimeType'];

interface Dataset extends AsyncDisposable {
  readonly files: FileRepository;
  readonly folders: FolderRepository;
}

/**
 * Lists over 1,000,000 files of 10,000 users, compared with 10,000 files, through the repository and alternately: a first page in
 * each order, the 1,000th page by cursor, a search for a rare word, the total, the folders in a folder, facets, and lists of
 * folders. The files lie in 50,000 folders, and in 500.
 */
export async function benchList(): Promise<Result[]> {
  await using server = await startTestServer();
  await using small = await fill(server.url, few);
  await using large = await fill(server.url, many);
  const results: Result[] = [];
  for (const by of sortFields) {
    const firstPage = ({ files }: Dataset, round: number) =>
      files.list(aUser(round), { filter: {}, order: { by, direction: 'desc' }, limit: pageSize });
    results.push(
      await compare({
        name: `first page by ${by}, a million files / ten thousand (at most)`,
        ours: (round) => firstPage(large, round),
        yardstick: (round) => firstPage(small, round),
        target: 2,
      }),
    );
  }
  results.push(await deepPage(large));
  const search = ({ files }: Dataset) => files.list(admin, { ...newest, filter: { search: rareWord } });
  results.push(
    await compare({
      name: 'search for a rare word, a million files / ten thousand (at most)',
      ours: () => search(large),
      yardstick: () => search(small),
      target: 5,
    }),
  );
  const count = ({ files }: Dataset, round: number) => files.count(aUser(round), {});
  results.push(
    await compare({
      name: 'count of what a user sees, a million files / ten thousand (at most)',
      ours: (round) => count(large, round),
      yardstick: (round) => count(small, round),
      target: 2,
    }),
  );
  const children = ({ folders }: Dataset, caller: Caller) =>
    folders.list(caller, { parent: 'dir-3', mine: false, trash: false, limit: 101 });
  const facets = ({ files }: Dataset, caller: Caller, filter: FileFilter) => files.facets(caller, filter);
  const folder = { path: 'dir-3/sub-7', isRecursive: false } as const;
  for (const [whose, callerOf] of [
    ['a user', aUser],
    ['an admin', () => admin],
  ] as const) {
    results.push(
      await compare({
        name: `a hundred folders in a folder with counts, for ${whose}, in 50,000 folders / 500 (at most)`,
        ours: (round) => children(large, callerOf(round)),
        yardstick: (round) => children(small, callerOf(round)),
        target: 2,
      }),
    );
    for (const [what, filter] of [
      ['without filter', {}],
      ['with mine', { isOwn: true }],
      ['of one folder', { folder }],
    ] as const) {
      results.push(
        await compare({
          name: `facets ${what}, for ${whose}, a million files / ten thousand (at most)`,
          ours: (round) => facets(large, callerOf(round), filter),
          yardstick: (round) => facets(small, callerOf(round), filter),
          target: 5,
        }),
      );
    }
  }
  for (const { name, ask } of folderLists) {
    results.push(
      await compare({
        name: `${name}, a million files / ten thousand (at most)`,
        ours: (round) => ask(large.files, aUser(round)),
        yardstick: (round) => ask(small.files, aUser(round)),
        target: 2,
      }),
    );
  }
  return results;
}

const admin: Caller = { kind: 'admin', tenant, keyId: '', scopes: [] };
const newest = { order: { by: 'createdAt', direction: 'desc' }, limit: pageSize } as const;

function aUser(round: number): Caller {
  return { kind: 'user', tenant, userId: `user-${(round * 37) % users}`, keyId: '', scopes: [] };
}

async function deepPage({ files }: Dataset): Promise<Result> {
  const page = (caller: Caller, after: FilePosition | undefined) => {
    const request: FilePageRequest = { filter: {}, ...newest, ...(after && { after }) };
    return files.list(caller, request);
  };
  let last: File | undefined;
  for (let number = 1; number < 1_000; number += 1) {
    const found = await page(aUser(0), last && { value: last.createdAt, id: last.id });
    last = found.at(-1);
    if (last === undefined) throw new Error(`page ${number} is empty`);
  }
  const position = last && { value: last.createdAt, id: last.id };
  return compare({
    name: 'page 1,000 by cursor / page 1 (at most)',
    ours: () => page(aUser(0), position),
    yardstick: () => page(aUser(0), undefined),
    target: 2,
  });
}

/** A database with `fileCount` files, in the state of some time after their upload: counted, vacuumed and analysed. */
async function fill(serverUrl: string, fileCount: number): Promise<Dataset> {
  const name = `files_${fileCount}`;
  const server = new pg.Client(serverUrl);
  await server.connect();
  await server.query(`create database ${name}`);
  await server.end();
  const url = new URL(serverUrl);
  url.pathname = name;
  await migrate({ url: url.href });
  await seedFiles(url.href, { tenant, fileCount, users });
  const database = new Database({ url: url.href, maxConnections: 1 });
  return {
    files: createFileRepository(database),
    folders: createFolderRepository(database),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Medians of both sides, measured alternately, so that other load on the machine falls on both. */
async function compare(options: {
  readonly name: string;
  readonly ours: (round: number) => Promise<unknown>;
  readonly yardstick: (round: number) => Promise<unknown>;
  readonly target: number;
}): Promise<Result> {
  const times = { ours: [] as number[], yardstick: [] as number[] };
  for (let round = -20; round < rounds; round += 1) {
    for (const side of ['ours', 'yardstick'] as const) {
      const since = performance.now();
      await options[side](round + 20);
      if (round >= 0) times[side].push(performance.now() - since);
    }
  }
  const [ours, yardstick] = [median(times.ours), median(times.yardstick)];
  const ratio = ours / yardstick;
  const { name, target } = options;
  return { name, ours, yardstick, unit: 'ms', ratio, target, holds: ratio <= target };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
