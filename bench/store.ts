/**
 * The embedded store beside the simplest things that could do the same: a file an object for small writes, a bare HTTP server
 * for everything else. Store and yardstick run in processes of their own, and take turns. About five minutes, and 35 GB of disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSigner } from '@bkend/sigv4';
import { type SpawnedStore, spawnServer, spawnStore } from '../packages/server/test/store/spawn-store.ts';
import type { Result } from './result.ts';
import { fillBuckets, measureLists } from './store/lists.ts';
import { measurePeakMemory } from './store/peak-memory.ts';
import { measureSmallWrites } from './store/small-writes.ts';
import { exchange, fetchRepeatedly } from './store/transfer.ts';
import { type Turn, takeTurns } from './store/turns.ts';

const bareServer = fileURLToPath(new URL('./store/bare-server.js', import.meta.url));
const credentials = { accessKeyId: 'AKIDSERVICE', secretAccessKey: 'service-secret' };
const signer = createSigner({ credentials, region: 'us-east-1' });
const gibibyte = 1024 ** 3;
const smallObjects = 1000;
const maxPeakMegabytes = 300;

export async function benchStore(): Promise<Result[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-bench-'));
  const dataDir = join(directory, 'store');
  const running: SpawnedStore[] = [];
  const start = async (starting: Promise<SpawnedStore>) => {
    const server = await starting;
    running.push(server);
    return server;
  };
  try {
    const writes = await measureSmallWrites(directory, 'ascending');
    const scattered = await measureSmallWrites(directory, 'random');
    await fillBuckets(dataDir);
    const store = await start(spawnStore(dataDir));
    const bare = await start(spawnServer([bareServer, directory]));
    const { puts, gets } = await measureLargeBodies(store, bare);
    const reads = await measureSmallReads(store, bare);
    const lists = await measureLists(store.endpoint ?? '');
    await store.kill();
    // A process of its own, so that nothing but this is in the figure.
    const fresh = await start(spawnStore(dataDir));
    const peakMegabytes = await measurePeakMemory(fresh.pid, (method, key) => presign(fresh, method, key));
    return [
      atLeast(3, '4 KiB durable PUT, 32 writers / one fsynced file an object', '/s', writes),
      atLeast(3, '4 KiB durable PUT, 32 writers, keys at random / the same', '/s', scattered),
      atLeast(0.8, '1 GiB PUT / bare server with fdatasync', 'MB/s', inMegabytes(puts)),
      atLeast(0.8, '1 GiB GET / bare createReadStream', 'MB/s', inMegabytes(gets)),
      atLeast(0.6, '4 KiB GET, 64 connections, 1,000 objects / bare server from memory', '/s', reads),
      atMost(2, '1,000 keys listed of 1,000,000 / of 10,000 (not above)', 'ms', lists),
      atMost(1, 'peak memory, 8 clients × 2 GiB (not above)', 'MB', {
        ours: peakMegabytes,
        yardstick: maxPeakMegabytes,
      }),
    ];
  } finally {
    for (const server of running) await server.kill();
    await rm(directory, { recursive: true });
  }
}

async function measureLargeBodies(
  store: SpawnedStore,
  bare: SpawnedStore,
): Promise<{ readonly puts: Turn; readonly gets: Turn }> {
  const turnsOf = (method: 'GET' | 'PUT') =>
    takeTurns(
      {
        ours: () => exchange(presign(store, method, 'large'), { method, sizeBytes: gibibyte }),
        yardstick: () => exchange(`${bare.endpoint}/large`, { method, sizeBytes: gibibyte }),
      },
      { rounds: 5, seconds: 60 },
    );
  return { puts: await turnsOf('PUT'), gets: await turnsOf('GET') };
}

/** Each object by a URL of its own, as a page full of thumbnails is read by one visitor after another. */
async function measureSmallReads(store: SpawnedStore, bare: SpawnedStore): Promise<Turn> {
  const keys = Array.from({ length: smallObjects }, (_, each) => `small-${each}`);
  for (const key of keys) await exchange(presign(store, 'PUT', key), { method: 'PUT', sizeBytes: 4096 });
  const ours = keys.map((key) => presign(store, 'GET', key));
  const yardstick = keys.map((key) => `${bare.endpoint}/memory/${key}`);
  return await takeTurns(
    { ours: () => fetchRepeatedly(ours, 3), yardstick: () => fetchRepeatedly(yardstick, 3) },
    { rounds: 5, seconds: 60 },
  );
}

/** As a client would be given it. */
function presign({ endpoint = '' }: SpawnedStore, method: 'GET' | 'PUT', key: string): string {
  return signer.presign({ method, endpoint, path: `/bucket/${key}`, expiresInSeconds: 3600, at: new Date() });
}

function inMegabytes({ ours, yardstick }: Turn): Turn {
  return { ours: ours / 1e6, yardstick: yardstick / 1e6 };
}

function atLeast(target: number, name: string, unit: string, turn: Turn): Result {
  const ratio = turn.ours / turn.yardstick;
  return { name, ...turn, unit, ratio, target, holds: ratio >= target };
}

function atMost(target: number, name: string, unit: string, turn: Turn): Result {
  const ratio = turn.ours / turn.yardstick;
  return { name, ...turn, unit, ratio, target, holds: ratio <= target };
}
