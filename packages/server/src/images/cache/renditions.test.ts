import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FairQueue, RecentUse } from '../concurrency/fair-queue.ts';
import type { Rendition } from '../transform/rendition.ts';
import { DiskCache, WriteBehind } from './disk-cache.ts';
import type { RenditionKey } from './rendition-key.ts';
import { MemoryCache, Renditions, type RenditionWork } from './renditions.ts';

const key: RenditionKey = { source: 'a'.repeat(32), result: '1'.repeat(32) };
const image: Rendition = { bytes: Buffer.from('bytes'), contentType: 'image/webp' };
const slot = { flow: { client: '127.0.0.1', owner: 'olga' }, costMs: 1 };
const queue = new FairQueue({
  slots: 1,
  extraSlots: 0,
  maxQueued: 1,
  deadlineMs: 10_000,
  use: new RecentUse(),
});
const enqueue: RenditionWork['enqueue'] = (work, signal) =>
  queue.run({ ...slot, signal }, () => work(signal));

let directory: string;
let disk: WriteBehind;
let renditions: Renditions;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-renditions-'));
  disk = new WriteBehind(await DiskCache.open(directory, 1e9));
  renditions = new Renditions({ memory: new MemoryCache(1e6), disk });
});
afterEach(async () => {
  await disk[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A rendition that is being made until `finish` is called. */
function beginMaking(signal?: AbortSignal) {
  let finish = () => {};
  const made = new Promise<Rendition>((resolve) => {
    finish = () => resolve(image);
  });
  return { asked: renditions.get(key, { make: () => made, enqueue, keyOf: () => key }, signal), finish };
}

describe('a rendition', () => {
  it('is kept in memory and on disk', async () => {
    const { asked, finish } = beginMaking();
    finish();
    expect((await asked).level).toBe('none');
    expect(renditions.peek(key)).toEqual(image);
    expect(await disk.find(key)).toEqual(image);
  });

  it.each([
    ['is not kept when its file is removed while it is made', key.source, undefined],
    ['is kept when another file is removed', 'b'.repeat(32), image],
  ])('%s', async (_, removed, kept) => {
    const { asked, finish } = beginMaking();
    // The disk is searched before it is made.
    await expect.poll(() => queue.running).toBe(1);
    await renditions.remove(removed);
    finish();
    expect((await asked).rendition).toEqual(image);
    expect(renditions.peek(key)).toEqual(kept);
    expect(await disk.find(key)).toEqual(kept);
  });

  it('is not kept when its file is removed while it waits for a slot', async () => {
    let free = () => {};
    const busy = queue.run(slot, () => new Promise<void>((resolve) => (free = resolve)));
    const { asked, finish } = beginMaking();
    await expect.poll(() => queue.depth).toBe(1);
    await renditions.remove(key.source);
    free();
    await busy;
    finish();
    expect((await asked).rendition).toEqual(image);
    expect(renditions.peek(key)).toBeUndefined();
    expect(await disk.find(key)).toBeUndefined();
  });

  it('is kept when it is made again after its file was removed', async () => {
    const first = beginMaking();
    await expect.poll(() => queue.running).toBe(1);
    await renditions.remove(key.source);
    first.finish();
    await first.asked;
    const second = beginMaking();
    second.finish();
    await second.asked;
    expect(renditions.peek(key)).toEqual(image);
  });

  it('leaves the queue when its only client has gone, and is made for one that stays', async () => {
    let free = () => {};
    const busy = queue.run(slot, () => new Promise<void>((resolve) => (free = resolve)));
    const gone = new AbortController();
    const first = beginMaking(gone.signal);
    const second = beginMaking();
    await expect.poll(() => queue.depth).toBe(1);
    gone.abort(new Error('gone'));
    await expect(first.asked).rejects.toThrow('gone');
    expect(queue.depth).toBe(1);
    free();
    first.finish();
    expect((await second.asked).rendition).toEqual(image);

    const alsoGone = new AbortController();
    const blocked = queue.run(slot, () => new Promise<void>((resolve) => (free = resolve)));
    const alone = renditions.get(
      { ...key, result: '2'.repeat(32) },
      { make: async () => image, enqueue, keyOf: () => key },
      alsoGone.signal,
    );
    await expect.poll(() => queue.depth).toBe(1);
    alsoGone.abort(new Error('gone as well'));
    await expect(alone).rejects.toThrow('gone as well');
    expect(queue.depth).toBe(0);
    free();
    await Promise.all([busy, blocked]);
  });
});
