import type { SortField } from '@bkend/storage-contract';
import pg from 'pg';
import type { File } from '../packages/server/dist/files/file.js';
import type { FilePageRequest, FilePosition, FileRepository } from '../packages/server/dist/files/ports.js';
import type { Caller } from '../packages/server/dist/identity/caller.js';
import { Database } from '../packages/server/dist/postgres/database.js';
import { createFileRepository } from '../packages/server/dist/postgres/files/file-repository.js';
import { migrate } from '../packages/server/dist/postgres/migrate.js';
import { startTestServer } from '../packages/server/test/support/postgres-server.ts';
import { rareWord, seedFiles } from '../packages/server/test/support/seed-files.ts';
import type { Result } from './result.ts';

const tenant = 'bench/dev';
const few = 10_000;
const many = 1_000_000;
const users = 10_000;
const rounds = 200;
const pageSize = 20;
const sortFields: readonly SortField[] = ['createdAt', 'updatedAt', 'originalName', 'size', 'mimeType'];

interface Shelf extends AsyncDisposable {
  readonly files: FileRepository;
}

/**
 * What lists cost with a million files of ten thousand users, against the same with ten thousand files, through the
 * repository and in turns: a first page in each order, the thousandth page by cursor, a rare word, and the total.
 */
export async function benchList(): Promise<Result[]> {
  await using server = await startTestServer();
  await using small = await fill(server.url, few);
  await using large = await fill(server.url, many);
  const results: Result[] = [];
  for (const by of sortFields) {
    const firstPage = ({ files }: Shelf, round: number) =>
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
  const search = ({ files }: Shelf) => files.list(admin, { ...newest, filter: { search: rareWord } });
  results.push(
    await compare({
      name: 'search for a rare word, a million files / ten thousand (at most)',
      ours: () => search(large),
      yardstick: () => search(small),
      target: 5,
    }),
  );
  const count = ({ files }: Shelf, round: number) => files.count(aUser(round), {});
  results.push(
    await compare({
      name: 'count of what a user sees, a million files / ten thousand (at most)',
      ours: (round) => count(large, round),
      yardstick: (round) => count(small, round),
      target: 2,
    }),
  );
  return results;
}

const admin: Caller = { kind: 'admin', tenant, keyId: '', scopes: [] };
const newest = { order: { by: 'createdAt', direction: 'desc' }, limit: pageSize } as const;

function aUser(round: number): Caller {
  return { kind: 'user', tenant, userId: `user-${(round * 37) % users}`, keyId: '', scopes: [] };
}

async function deepPage({ files }: Shelf): Promise<Result> {
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
  const place = last && { value: last.createdAt, id: last.id };
  return compare({
    name: 'page 1,000 by cursor / page 1 (at most)',
    ours: () => page(aUser(0), place),
    yardstick: () => page(aUser(0), undefined),
    target: 2,
  });
}

/** A database of its own with so many files, as it is some time after they came: counted, vacuumed and analysed. */
async function fill(serverUrl: string, fileCount: number): Promise<Shelf> {
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
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Medians of both, asked in turns, so that what else the machine does falls on both alike. */
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
