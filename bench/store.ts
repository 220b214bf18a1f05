/**
 * The embedded store beside the simplest things that could do the same: a file an object for small writes, a bare HTTP server
 * for large bodies. Store and yardstick run in processes of their own, and take turns.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSigner } from '@bkend/sigv4';
import { objectKey } from '../packages/server/src/store/index/keys.ts';
import type { ObjectRecord } from '../packages/server/src/store/index/records.ts';
import { openStoreDeps } from '../packages/server/src/store/open-store.ts';
import { sendSigned } from '../packages/server/test/store/running-store.ts';
import { type SpawnedStore, spawnServer, spawnStore } from '../packages/server/test/store/spawn-store.ts';
import { measureSmallWrites } from './file-per-object.ts';
import type { Result } from './result.ts';
import { exchange, readAtOnce } from './transfer.ts';

const bareServer = fileURLToPath(new URL('./bare-store.js', import.meta.url));
const credentials = { accessKeyId: 'AKIDSERVICE', secretAccessKey: 'service-secret' };
const signer = createSigner({ credentials, region: 'us-east-1' });
const gibibyte = 1024 ** 3;

export async function benchStore(): Promise<Result[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-bench-'));
  await fillBuckets(join(directory, 'store'));
  const store = await spawnStore(join(directory, 'store'));
  const bare = await spawnServer([bareServer, directory]);
  const endpoint = store.endpoint ?? '';
  const url = (method: string, key: string) =>
    signer.presign({ method, endpoint, path: `/bucket/${key}`, expiresInSeconds: 3600, at: new Date() });
  try {
    const small = await measureSmallWrites(directory);
    const puts: Turn[] = [];
    const gets: Turn[] = [];
    for (let round = 0; round < 3; round++) {
      puts.push({
        ours: await exchange(url('PUT', 'large'), { method: 'PUT', sizeBytes: gibibyte }),
        yardstick: await exchange(`${bare.endpoint}/large`, { method: 'PUT', sizeBytes: gibibyte }),
      });
      gets.push({
        ours: await exchange(url('GET', 'large'), { method: 'GET' }),
        yardstick: await exchange(`${bare.endpoint}/large`, { method: 'GET' }),
      });
    }
    await exchange(url('PUT', 'small'), { method: 'PUT', sizeBytes: 4096 });
    const reads: Turn[] = [];
    for (let round = 0; round < 3; round++) {
      reads.push({
        ours: await readAtOnce(url('GET', 'small'), { connections: 64, seconds: 3 }),
        yardstick: await readAtOnce(`${bare.endpoint}/memory`, { connections: 64, seconds: 3 }),
      });
    }
    const list = await measureLists(endpoint);
    const peakMegabytes = await measurePeak(store, url);
    return [
      atLeast('4 KiB durable PUT, 32 writers / one fsynced file an object', {
        ...small,
        unit: '/s',
        target: 3,
      }),
      atLeast('1 GiB PUT / bare server with fdatasync', { ...perSecond(puts), unit: 'MB/s', target: 0.8 }),
      atLeast('1 GiB GET / bare createReadStream', { ...perSecond(gets), unit: 'MB/s', target: 0.8 }),
      atLeast('4 KiB GET, 64 connections / bare server from memory', {
        ...median(reads),
        unit: '/s',
        target: 0.6,
      }),
      atMost('1,000 keys listed of 1,000,000 / of 10,000 (not above)', { ...list, unit: 'ms', target: 2 }),
      atMost('peak memory, 8 clients × 2 GiB (not above)', {
        ours: peakMegabytes,
        yardstick: 300,
        unit: 'MB',
        target: 1,
      }),
    ];
  } finally {
    await store.kill();
    await bare.kill();
    await rm(directory, { recursive: true });
  }
}

interface Turn {
  readonly ours: number;
  readonly yardstick: number;
}

/** The turn with the middle ratio: both of its figures were taken one right after the other. */
function median(turns: readonly Turn[]): Turn {
  const sorted = turns.toSorted((a, b) => a.ours / a.yardstick - b.ours / b.yardstick);
  return sorted[Math.floor(sorted.length / 2)] ?? { ours: 0, yardstick: 0 };
}

function perSecond(turns: readonly Turn[]): Turn {
  const { ours, yardstick } = median(
    turns.map((turn) => ({ ours: 1 / turn.ours, yardstick: 1 / turn.yardstick })),
  );
  return { ours: (ours * gibibyte) / 1e6, yardstick: (yardstick * gibibyte) / 1e6 };
}

/** Straight into the index: through the front door, a million keys take many minutes. */
async function fillBuckets(dataDir: string): Promise<void> {
  await using store = await openStoreDeps({ dataDir, buckets: ['bucket', 'few', 'many'] });
  const { index } = store.deps;
  const record: ObjectRecord = {
    headers: { 'content-type': 'image/png' },
    metadata: {},
    sizeBytes: 0,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    modifiedAt: Date.now(),
    content: { place: { kind: 'empty' }, sizeBytes: 0, md5: 'd41d8cd98f00b204e9800998ecf8427e' },
  };
  const pageSize = 10_000;
  for (const [bucket, keys] of [
    ['few', 10_000],
    ['many', 1_000_000],
  ] as const) {
    for (let first = 0; first < keys; first += pageSize) {
      await index.mutate((transaction) => {
        for (let key = first; key < first + pageSize; key++) {
          transaction.put(index.tables.objects, objectKey(bucket, String(key).padStart(8, '0')), record);
        }
      });
    }
  }
}

/** Of the store's process, as the kernel counts it, while it takes in and gives out 2 GiB for each of 8 clients. */
async function measurePeak(
  store: SpawnedStore,
  url: (method: string, key: string) => string,
): Promise<number> {
  const clients = Array.from({ length: 8 }, async (_, client) => {
    await exchange(url('PUT', `peak-${client}`), { method: 'PUT', sizeBytes: 2 * gibibyte });
    await exchange(url('GET', `peak-${client}`), { method: 'GET' });
  });
  await Promise.all(clients);
  const status = await readFile(`/proc/${store.pid}/status`, 'utf8');
  return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
}

async function measureLists(endpoint: string): Promise<Turn> {
  const list = async (bucket: string, startAfter: string) => {
    const started = performance.now();
    const query = { 'list-type': '2', 'start-after': startAfter };
    const { status } = await sendSigned(endpoint, new Date(), { path: `/${bucket}`, query });
    if (status !== 200) throw new Error(`A list was answered with ${status}.`);
    return performance.now() - started;
  };
  const turns: Turn[] = [];
  for (let turn = 0; turn < 31; turn++) {
    turns.push({ ours: await list('many', '00500000'), yardstick: await list('few', '00005000') });
  }
  return median(turns);
}

type Figures = Turn & { readonly unit: string; readonly target: number };

function atLeast(name: string, figures: Figures): Result {
  const ratio = figures.ours / figures.yardstick;
  return { name, ...figures, ratio, holds: ratio >= figures.target };
}

function atMost(name: string, figures: Figures): Result {
  const ratio = figures.ours / figures.yardstick;
  return { name, ...figures, ratio, holds: ratio <= figures.target };
}
