import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { sendSigned } from '../../packages/store/test/running-store.ts';
import { interleave, type Measurements } from '../interleave.ts';
import { keepAliveLoad } from '../keep-alive-load.ts';
import type { Result } from '../result.ts';
import { type MeasuredStore, presign } from './measured-store.ts';
import { measurePeakMemory } from './peak-memory.ts';
import { exchange } from './transfer.ts';

const mebibyte = 1024 ** 2;
const smallBytes = 4096;
const writers = 32;
const listedKeys = 10_000;
const roundMs = 1500;

/** A figure of one S3 server, over HTTP. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly rounds: number;
  readonly measure: (store: MeasuredStore) => Promise<number>;
}

/** Figures of whole S3 servers; larger is better, but for the last two. */
const figures: readonly Figure[] = [
  { name: '4 KiB PUT, 32 writers', unit: '/s', rounds: 3, measure: putsPerSecond },
  { name: '1 GiB PUT', unit: 'MB/s', rounds: 3, measure: (store) => transfer(store, 'PUT') },
  { name: '1 GiB GET', unit: 'MB/s', rounds: 3, measure: (store) => transfer(store, 'GET') },
  {
    name: '4 KiB GET, 64 connections, 1,000 URLs again and again',
    unit: '/s',
    rounds: 3,
    measure: getsPerSecond,
  },
  { name: '1,000 keys listed of 10,000', unit: 'ms', rounds: 21, measure: listMilliseconds },
  {
    name: 'peak memory, 8 clients × 2 GiB',
    unit: 'MB',
    rounds: 1,
    measure: ({ endpoint, pid }) => measurePeakMemory(pid, (method, key) => presign(endpoint, method, key)),
  },
];

/** Measures ours and a peer alternately over HTTP, with the same clients. Results have no target. */
export async function measureSideBySide(ours: MeasuredStore, peer: MeasuredStore): Promise<Result[]> {
  for (const store of [ours, peer]) await fill(store);
  const results: Result[] = [];
  for (const { name, unit, rounds, measure } of figures) {
    const sides: Measurements = { ours: () => measure(ours), yardstick: () => measure(peer) };
    const round = await interleave(sides, { rounds, seconds: 60 });
    const ratio = round.ours / round.yardstick;
    results.push({ name: `${name} / ${peer.name}`, ...round, unit, ratio, holds: true });
  }
  return results;
}

async function fill(store: MeasuredStore): Promise<void> {
  let next = 0;
  await inParallel(store, (put) => (next < listedKeys ? put(`listed/${keyOf(next++)}`) : undefined));
}

async function putsPerSecond(store: MeasuredStore): Promise<number> {
  const started = performance.now();
  let written = 0;
  await inParallel(store, (put) => {
    if (performance.now() - started >= roundMs) return undefined;
    written++;
    return put(`small/${randomUUID()}`);
  });
  return (written * 1000) / (performance.now() - started);
}

/** 32 writers, each over its own connection, until all objects are written. */
async function inParallel(
  { endpoint }: MeasuredStore,
  next: (put: (key: string) => Promise<unknown>) => Promise<unknown> | undefined,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: writers });
  const put = (key: string) =>
    exchange(presign(endpoint, 'PUT', key), { method: 'PUT', sizeBytes: smallBytes }, agent);
  const write = async () => {
    for (let writing = next(put); writing !== undefined; writing = next(put)) await writing;
  };
  await Promise.all(Array.from({ length: writers }, write));
  agent.destroy();
}

async function transfer({ endpoint }: MeasuredStore, method: 'GET' | 'PUT'): Promise<number> {
  const bytesPerSecond = await exchange(presign(endpoint, method, 'large'), {
    method,
    sizeBytes: 1024 * mebibyte,
  });
  return bytesPerSecond / 1e6;
}

async function getsPerSecond({ endpoint }: MeasuredStore): Promise<number> {
  const keys = Array.from({ length: 1000 }, (_, index) => `listed/${keyOf(index)}`);
  const urls = keys.map((key) => presign(endpoint, 'GET', key));
  return await keepAliveLoad({ connections: 64, seconds: 2, status: 200, urlsOf: () => urls });
}

async function listMilliseconds({ endpoint }: MeasuredStore): Promise<number> {
  const query = { 'list-type': '2', prefix: 'listed/', 'start-after': `listed/${keyOf(listedKeys / 2)}` };
  const started = performance.now();
  const { status, text } = await sendSigned(endpoint, new Date(), { path: '/bucket', query });
  const elapsedMs = performance.now() - started;
  if (status !== 200 || text.split('<Contents>').length !== 1001)
    throw new Error(`The list is wrong: ${text}`);
  return elapsedMs;
}

function keyOf(index: number): string {
  return String(index).padStart(6, '0');
}
