import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskCache, WriteBehind } from './disk-cache.ts';
import type { RenditionKey } from './rendition-key.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-write-behind-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = async () => new WriteBehind(await DiskCache.open(directory, 1e9));
const hex = (digit: string) => digit.repeat(32);
const keyOf = (source: string, result: string): RenditionKey => ({
  source: hex(source),
  result: hex(result),
});
const image = (size: number) => ({ bytes: Buffer.alloc(size, 7), contentType: 'image/webp' });

async function resultsOnDisk(): Promise<(string | undefined)[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name[0]] : [])).sort();
}

describe('a disk cache that is written to later', () => {
  it('has at once what was put in, and soon on disk', async () => {
    await using cache = await open();
    for (const result of '123') cache.put(keyOf('a', result), image(100));
    expect(await cache.find(keyOf('a', '2'))).toEqual(image(100));
    await expect.poll(resultsOnDisk).toEqual(['1', '2', '3']);
    expect(await cache.find(keyOf('a', '2'))).toEqual(image(100));
  });

  it('writes what waits before it ends', async () => {
    const first = await open();
    for (const result of '123') first.put(keyOf('a', result), image(100));
    await first[Symbol.asyncDispose]();
    await using second = await open();
    expect(await second.find(keyOf('a', '3'))).toEqual(image(100));
  });

  it('lets no more wait than memory has room for', async () => {
    await using cache = await open();
    for (const result of '12345') cache.put(keyOf('a', result), image(2 * 1024 * 1024));
    await cache.remove(hex('b'));
    expect(await resultsOnDisk()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('lets go of what waits and of what is being written, when its file goes', async () => {
    const cache = await open();
    for (const result of '12345') cache.put(keyOf('a', result), image(2 * 1024 * 1024));
    cache.put(keyOf('a', '6'), image(100));
    cache.put(keyOf('b', '7'), image(100));
    await cache.remove(hex('a'));
    for (const result of '156') expect(await cache.find(keyOf('a', result))).toBeUndefined();
    await cache[Symbol.asyncDispose]();
    expect(await resultsOnDisk()).toEqual(['7']);
  });
});
