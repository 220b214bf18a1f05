import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rendering } from '../pipeline/render.ts';
import { FairQueue } from '../work/fair-queue.ts';
import { RecentUse } from '../work/recent-use.ts';
import { DiskCache } from './disk-cache.ts';
import { MemoryCache } from './memory-cache.ts';
import type { ResultKey } from './result-key.ts';
import { Results } from './results.ts';
import { WriteBehind } from './write-behind.ts';

const key: ResultKey = { source: 'a'.repeat(32), result: '1'.repeat(32) };
const picture: Rendering = { bytes: Buffer.from('bytes'), contentType: 'image/webp' };
const ask = { flow: { client: '127.0.0.1', owner: 'olga' }, price: 1 };
const queue = new FairQueue({ permits: 1, extra: 0, maxQueued: 1, deadlineMs: 10_000, use: new RecentUse() });
const enqueue = <T>(work: () => Promise<T>) => queue.run(ask, work);

let directory: string;
let disk: WriteBehind;
let results: Results;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-results-'));
  disk = new WriteBehind(await DiskCache.open(directory, 1e9));
  results = new Results({ memory: new MemoryCache(1e6), disk });
});
afterEach(async () => {
  await disk[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A result that is being made until `finish` is called. */
function beginMaking() {
  let finish = () => {};
  const made = new Promise<Rendering>((resolve) => {
    finish = () => resolve(picture);
  });
  return { asked: results.get(key, { make: () => made, enqueue }), finish };
}

describe('a result', () => {
  it('is kept in memory and on disk', async () => {
    const { asked, finish } = beginMaking();
    finish();
    expect((await asked).level).toBe('none');
    expect(results.recall(key)).toEqual(picture);
    expect(await disk.find(key)).toEqual(picture);
  });

  it.each([
    ['is kept nowhere when its file was forgotten while it was made', key.source, undefined],
    ['is kept when another file was', 'b'.repeat(32), picture],
  ])('%s', async (_, forgotten, kept) => {
    const { asked, finish } = beginMaking();
    // It is looked for on disk before it is made.
    await expect.poll(() => queue.running).toBe(1);
    await results.forget(forgotten);
    finish();
    expect((await asked).rendering).toEqual(picture);
    expect(results.recall(key)).toEqual(kept);
    expect(await disk.find(key)).toEqual(kept);
  });

  it('is kept nowhere when its file was forgotten while it waited for its turn', async () => {
    let free = () => {};
    const busy = queue.run(ask, () => new Promise<void>((resolve) => (free = resolve)));
    const { asked, finish } = beginMaking();
    await expect.poll(() => queue.depth).toBe(1);
    await results.forget(key.source);
    free();
    await busy;
    finish();
    expect((await asked).rendering).toEqual(picture);
    expect(results.recall(key)).toBeUndefined();
    expect(await disk.find(key)).toBeUndefined();
  });

  it('is kept when it is made again after its file was forgotten', async () => {
    const first = beginMaking();
    await expect.poll(() => queue.running).toBe(1);
    await results.forget(key.source);
    first.finish();
    await first.asked;
    const second = beginMaking();
    second.finish();
    await second.asked;
    expect(results.recall(key)).toEqual(picture);
  });
});
