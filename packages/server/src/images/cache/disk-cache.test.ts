import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskCache } from './disk-cache.ts';
import type { RenditionKey } from './rendition-key.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-disk-cache-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const hex = (digit: string) => digit.repeat(32);
const keyOf = (source: string, result: string): RenditionKey => ({
  source: hex(source),
  result: hex(result),
});
const image = (size: number) => ({ bytes: Buffer.alloc(size, 7), contentType: 'image/webp' });

async function filesOnDisk(): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('the disk cache', () => {
  it('gives back what was put in, also after a restart', async () => {
    await using cache = await DiskCache.open(directory, 1e6);
    await cache.put(keyOf('a', '1'), image(100));
    expect(await cache.find(keyOf('a', '1'))).toEqual(image(100));
    expect(await cache.find(keyOf('a', '2'))).toBeUndefined();
    await using again = await DiskCache.open(directory, 1e6);
    expect(await again.find(keyOf('a', '1'))).toEqual(image(100));
  });

  it('keeps to its budget, and lets go of what was used least recently', async () => {
    const cache = await DiskCache.open(directory, 5 * 14_096);
    for (const result of '12345') await cache.put(keyOf('a', result), image(10_000));
    await cache.find(keyOf('a', '1'));
    await cache.put(keyOf('a', '6'), image(10_000));
    await cache[Symbol.asyncDispose]();
    expect(cache.bytes).toBeLessThanOrEqual(5 * 14_096);
    const left = (await filesOnDisk()).map((name) => name[0]).sort();
    expect(left).toEqual(['1', '3', '4', '5', '6']);
  });

  it('remembers over a restart what was used least recently', async () => {
    const first = await DiskCache.open(directory, 1e6);
    for (const result of '1234') await first.put(keyOf('a', result), image(10_000));
    const old = join(directory, 'aa', hex('a'), `${hex('3')}-10000.webp`);
    await utimes(old, 1, 1);
    const second = await DiskCache.open(directory, 4 * 14_096);
    await second.put(keyOf('a', '5'), image(10_000));
    await second[Symbol.asyncDispose]();
    expect((await filesOnDisk()).map((name) => name[0]).sort()).toEqual(['1', '2', '4', '5']);
  });

  it('does not believe a file that was cut short, and removes files that are not its own', async () => {
    const first = await DiskCache.open(directory, 1e6);
    await first.put(keyOf('a', '1'), image(100));
    await first.put(keyOf('b', '2'), image(100));
    await truncate(join(directory, 'aa', hex('a'), `${hex('1')}-100.webp`), 50);
    await writeFile(join(directory, 'draft-1'), 'half');
    expect(await first.find(keyOf('a', '1'))).toBeUndefined();
    const second = await DiskCache.open(directory, 1e6);
    expect(await second.find(keyOf('a', '1'))).toBeUndefined();
    expect(await second.find(keyOf('b', '2'))).toEqual(image(100));
    expect(await filesOnDisk()).toHaveLength(1);
  });

  it('does not wait for a pipe that lies where an image was, and takes no link for one', async () => {
    const cache = await DiskCache.open(directory, 1e6);
    for (const result of '12') await cache.put(keyOf('a', result), image(100));
    const pathOf = (result: string) => join(directory, 'aa', hex('a'), `${hex(result)}-100.webp`);
    await rename(pathOf('1'), join(directory, 'elsewhere'));
    execFileSync('mkfifo', [pathOf('1')]);
    expect(await cache.find(keyOf('a', '1'))).toBeUndefined();
    await rm(pathOf('2'));
    await symlink(join(directory, 'elsewhere'), pathOf('2'));
    expect(await cache.find(keyOf('a', '2'))).toBeUndefined();
  });

  it('lets go of everything that was made of a file', async () => {
    const cache = await DiskCache.open(directory, 1e6);
    for (const result of '123') await cache.put(keyOf('a', result), image(100));
    await cache.put(keyOf('b', '4'), image(100));
    await cache.remove(hex('a'));
    await cache[Symbol.asyncDispose]();
    expect(await cache.find(keyOf('a', '1'))).toBeUndefined();
    expect(await filesOnDisk()).toHaveLength(1);
  });

  it('is no more than useless when its directory is gone', async () => {
    const cache = await DiskCache.open(join(directory, 'cache'), 1e6);
    await rm(join(directory, 'cache'), { recursive: true });
    await writeFile(join(directory, 'cache'), 'in the way');
    await cache.put(keyOf('a', '1'), image(100));
    expect(await cache.find(keyOf('a', '1'))).toBeUndefined();
  });
});
