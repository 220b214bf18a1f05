/**
 * The embedded store compared with the simplest things that could do the same: one file per object for small writes, a bare HTTP
 * server for everything else. Store and yardstick run in separate processes and are measured alternately. About 5 minutes and
 * 35 GB of disk.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SpawnedStore, spawnServer, spawnStore } from '../packages/store/test/spawn-store.ts';
import { interleave, type Round } from './interleave.ts';
import type { Result } from './result.ts';
import { scratchDirectory } from './scratch-directory.ts';
import { fillBuckets, measureLists } from './store/lists.ts';
import { presign } from './store/measured-store.ts';
import { measurePeakMemory } from './store/peak-memory.ts';
import { forEachPeer } from './store/peers.ts';
import { measureSideBySide } from './store/side-by-side.ts';
import { measureSmallReads } from './store/small-reads.ts';
import { measureSmallWrites } from './store/small-writes.ts';
import { exchange } from './store/transfer.ts';

const bareServer = fileURLToPath(new URL('./store/bare-server.js', import.meta.url));
const gibibyte = 1024 ** 3;
const maxPeakMegabytes = 300;

export async function benchStore(): Promise<Result[]> {
  await using scratch = await scratchDirectory();
  const directory = scratch.path;
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
    const reads = await measureSmallReads({ endpoint: store.endpoint ?? '' }, bare.endpoint ?? '');
    const lists = await measureLists(store.endpoint ?? '');
    await store.kill();
    await bare.kill();
    // A separate process, so that the figure holds nothing else.
    const fresh = await start(spawnStore(dataDir));
    const peakMegabytes = await measurePeakMemory(fresh.pid, (method, key) =>
      presign(fresh.endpoint ?? '', method, key),
    );
    await fresh.kill();
    await rm(dataDir, { recursive: true });
    return [
      atLeast(3, '4 KiB durable PUT, 32 writers / one fsynced file an object', '/s', writes),
      beside('4 KiB durable PUT, 32 writers, keys at random / one fsynced file an object', '/s', scattered),
      atLeast(0.8, '1 GiB PUT / bare server with fdatasync', 'MB/s', inMegabytes(puts)),
      atLeast(0.8, '1 GiB GET / bare createReadStream', 'MB/s', inMegabytes(gets)),
      atLeast(0.6, '4 KiB GET, 64 connections / bare server from memory', '/s', reads.again),
      beside('4 KiB GET, 64 connections, every URL new / bare server from memory', '/s', reads.anew),
      atMost(2, '1,000 keys listed of 1,000,000 / of 10,000 (not above)', 'ms', lists),
      atMost(1, 'peak memory, 8 clients × 2 GiB (not above)', 'MB', {
        ours: peakMegabytes,
        yardstick: maxPeakMegabytes,
      }),
      ...(await besidePeers(directory, start)),
    ];
  } finally {
    for (const server of running) await server.kill();
  }
}

type Start = (starting: Promise<SpawnedStore>) => Promise<SpawnedStore>;

/** Compares with those of minio, SeaweedFS and versitygw that are on the PATH: about 4 minutes and 40 GB of disk each. */
async function besidePeers(directory: string, start: Start): Promise<Result[]> {
  const results: Result[] = [];
  await forEachPeer(directory, async (peer) => {
    const dataDir = join(directory, `beside-${peer.name}`);
    const { endpoint = '', pid, kill } = await start(spawnStore(dataDir));
    results.push(...(await measureSideBySide({ name: 'ours', endpoint, pid }, peer)));
    await kill();
    await rm(dataDir, { recursive: true });
  });
  return results;
}

async function measureLargeBodies(
  store: SpawnedStore,
  bare: SpawnedStore,
): Promise<{ readonly puts: Round; readonly gets: Round }> {
  const interleavedRound = (method: 'GET' | 'PUT') =>
    interleave(
      {
        ours: () => exchange(presign(store.endpoint ?? '', method, 'large'), { method, sizeBytes: gibibyte }),
        yardstick: () => exchange(`${bare.endpoint}/large`, { method, sizeBytes: gibibyte }),
      },
      { rounds: 5, seconds: 60 },
    );
  return { puts: await interleavedRound('PUT'), gets: await interleavedRound('GET') };
}

function inMegabytes({ ours, yardstick }: Round): Round {
  return { ours: ours / 1e6, yardstick: yardstick / 1e6 };
}

function atLeast(target: number, name: string, unit: string, round: Round): Result {
  const ratio = round.ours / round.yardstick;
  return { name, ...round, unit, ratio, target, holds: ratio >= target };
}

/** A result without a target. */
function beside(name: string, unit: string, round: Round): Result {
  return { name, ...round, unit, ratio: round.ours / round.yardstick, holds: true };
}

function atMost(target: number, name: string, unit: string, round: Round): Result {
  const ratio = round.ours / round.yardstick;
  return { name, ...round, unit, ratio, target, holds: ratio <= target };
}
