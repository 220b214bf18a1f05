import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { EventRepository } from '../packages/server/dist/events/ports.js';
import type { Tenant } from '../packages/server/dist/identity/tenant.js';
import type { Maintenance } from '../packages/server/dist/jobs/ports.js';
import { Database } from '../packages/server/dist/postgres/database/database.js';
import { createEventRepository } from '../packages/server/dist/postgres/events/event-repository.js';
import { createMaintenance } from '../packages/server/dist/postgres/maintenance.js';
import { migrate } from '../packages/server/dist/postgres/migrations/migrate.js';
import { startTestServer } from '../packages/test-support/src/postgres/test-server.ts';
import type { Result } from './result.ts';

const tenant: Tenant = 'bench/dev';
const few = 10_000;
/** Settable, so that a small run is possible: `BENCH_EVENTS=100000`. */
const many = Number(process.env.BENCH_EVENTS ?? 10_000_000);
/** Few enough for each to have a full page among 10,000 events. */
const users = 50;
const rounds = 200;
const limit = 100;
const longestReadMs = 1_000;

interface Dataset extends AsyncDisposable {
  readonly count: number;
  readonly events: EventRepository;
  readonly maintenance: Maintenance;
}

/**
 * Events by cursor out of 10,000,000 (`BENCH_EVENTS`), compared with 10,000: at the beginning, in the middle and near the end, all of an
 * environment and those of a user; and the longest read of another client while all of them are dropped.
 */
export async function benchEvents(): Promise<Result[]> {
  if (!Number.isSafeInteger(many / 2) || many < few)
    throw new Error(`BENCH_EVENTS is an even number from ${few}.`);
  await using server = await startTestServer();
  await using small = await fill(server.url, few);
  await using large = await fill(server.url, many);
  const results: Result[] = [];
  for (const [where, after] of [
    ['at the beginning', () => 0],
    ['in the middle', (count: number) => count / 2],
    ['near the end', (count: number) => count - 200],
  ] as const) {
    for (const [whose, callerOf] of [
      ['all', () => ({})],
      ['those of a user', (round: number) => ({ userId: `user-${(round * 37) % users}` })],
    ] as const) {
      const read = ({ events, count }: Dataset, round: number) =>
        events.read({ tenant, ...callerOf(round), after: after(count), limit });
      results.push(await compare(`events ${where}, ${whose}`, read, { small, large }));
    }
  }
  results.push(await dropping(large));
  return results;
}

/** Reads all the time, on a connection of its own, while the job drops every event. */
async function dropping({ events, maintenance, count }: Dataset): Promise<Result> {
  let isDone = false;
  let longest = 0;
  const reading = (async () => {
    while (!isDone) {
      const since = performance.now();
      await events.read({ tenant, after: 0, limit: 1 });
      longest = Math.max(longest, performance.now() - since);
      await sleep(5);
    }
  })();
  const dropped = await maintenance.dropEvents({ before: new Date() }).finally(() => {
    isDone = true;
  });
  await reading;
  if (dropped !== count) throw new Error(`${dropped} of ${count} events were dropped.`);
  return {
    name: `longest read while ${count.toLocaleString('en')} events are dropped (at most)`,
    ...{ ours: longest, yardstick: longestReadMs, unit: 'ms', ratio: longest / longestReadMs, target: 1 },
    holds: longest <= longestReadMs,
  };
}

/** A database with `count` events of one week, 40 days ago, one of a hundred shared with a user: vacuumed and analysed. */
async function fill(serverUrl: string, count: number): Promise<Dataset> {
  const name = `events_${count}`;
  const url = new URL(serverUrl);
  url.pathname = name;
  const server = new pg.Client(serverUrl);
  await server.connect();
  await server.query(`create database ${name}`);
  await server.end();
  await migrate({ url: url.href });
  const client = new pg.Client(url.href);
  await client.connect();
  await client.query(
    `insert into bkend.events (id, slot, tenant, type, created_at, owner_id, owner_type, file_id, file)
      select number, 0, $2, 'file.created', now() - interval '40 days', 'user-' || number % $3, 'user', gen_random_uuid(),
        json_build_object('id', gen_random_uuid(), 'key', 'images/' || number, 'original_name', 'photo.jpg',
          'mime_type', 'image/jpeg', 'size_bytes', 123456, 'visibility', 'private', 'created_at', now(), 'version', 1)
      from generate_series(1, $1::bigint) as number`,
    [count, tenant, users],
  );
  await client.query(
    `insert into bkend.event_readers (tenant, user_id, id, slot)
      select $2, 'user-' || (number + 1) % $3, number, 0 from generate_series(1, $1::bigint, 100) as number`,
    [count, tenant, users],
  );
  // The ids of transactions in the new database are low, those of the events are not: no id is above the horizon.
  await client.query('update bkend.event_clock set transaction_offset = $1', [count]);
  await client.query('vacuum analyze bkend.events, bkend.event_readers');
  await client.end();
  const database = new Database({ url: url.href, maxConnections: 2 });
  return {
    count,
    events: createEventRepository(database),
    maintenance: createMaintenance(database),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Medians of both sides, measured alternately, so that other load on the machine falls on both. */
async function compare(
  what: string,
  read: (dataset: Dataset, round: number) => Promise<unknown>,
  { small, large }: { readonly small: Dataset; readonly large: Dataset },
): Promise<Result> {
  const times: [number[], number[]] = [[], []];
  for (let round = -20; round < rounds; round += 1) {
    for (const [side, dataset] of [large, small].entries()) {
      const since = performance.now();
      await read(dataset, round + 20);
      if (round >= 0) times[side]?.push(performance.now() - since);
    }
  }
  const [ours, yardstick] = [median(times[0]), median(times[1])];
  const ratio = ours / yardstick;
  const name = `${what}, of ${many.toLocaleString('en')} / ${few.toLocaleString('en')} (at most)`;
  return { name, ours, yardstick, unit: 'ms', ratio, target: 2, holds: ratio <= 2 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
