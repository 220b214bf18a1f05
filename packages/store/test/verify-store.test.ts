import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newId, objectKey } from '../src/index/keys.ts';
import { openIndex } from '../src/index/store-index.ts';
import { verifyStore } from '../src/verify/verify-store.ts';
import { startStore } from './running-store.ts';

const large = randomBytes(200_000);
const keys = ['large', 'small', 'other-large', 'empty'];
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bkend-verify-'));
  await using store = await startStore({ directory: dataDir });
  for (const key of keys) {
    const body = { large, small: 'small', 'other-large': Buffer.from(large).reverse(), empty: '' }[key] ?? '';
    await store.send({ method: 'PUT', path: `/bucket/${key}`, body });
  }
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

async function verify(repair = false) {
  const kinds: string[] = [];
  const { removed } = await verifyStore({
    directory: dataDir,
    repair,
    onFinding: ({ kind }) => kinds.push(kind),
  });
  return { kinds: kinds.sort(), removed };
}

/** Whether each object can still be read whole. */
async function readAll(): Promise<string[]> {
  await using store = await startStore({ directory: dataDir });
  const readable: string[] = [];
  for (const key of keys) {
    const answer = await store.send({ path: `/bucket/${key}` }).catch(() => undefined);
    if (answer?.status === 200) readable.push(key);
  }
  return readable;
}

async function blobFiles(): Promise<string[]> {
  const names = await readdir(join(dataDir, 'blobs'), { recursive: true });
  return names.filter((name) => /[0-9a-f]{32}$/.test(name)).map((name) => join(dataDir, 'blobs', name));
}

/** As if a crash had forgotten the object and nothing else. */
async function forget(key: string): Promise<void> {
  await using index = openIndex(dataDir);
  await index.mutate((transaction) => transaction.remove(index.tables.objects, objectKey('bucket', key)));
}

it('a sound store has nothing to report', async () => {
  expect(await verify()).toEqual({ kinds: [], removed: 0 });
  expect(await verify(true)).toEqual({ kinds: [], removed: 0 });
});

it('what nothing refers to is reported, and with repair removed, and nothing else is', async () => {
  await forget('other-large');
  await forget('small');
  const id = newId();
  const folder = join(dataDir, 'blobs', id.slice(-2));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, id), 'of nobody');
  const before = (await blobFiles()).length;
  const { kinds } = await verify();
  expect(new Set(kinds)).toEqual(new Set(['unreferenced']));
  expect((await blobFiles()).length).toBe(before);
  expect((await verify(true)).removed).toBe(kinds.length);
  expect(await verify()).toEqual({ kinds: [], removed: 0 });
  expect(await blobFiles()).toHaveLength(1);
  expect(await readAll()).toEqual(['large', 'empty']);
});

it('bytes that changed, and bytes that are gone, are reported and left alone', async () => {
  const [first = '', second = ''] = await blobFiles();
  const bytes = await readFile(first);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await writeFile(first, bytes);
  await rm(second);
  expect(await verify()).toEqual({ kinds: ['damaged', 'missing'], removed: 0 });
  expect(await verify(true)).toEqual({ kinds: ['damaged', 'missing'], removed: 0 });
  expect((await readFile(first)).equals(bytes)).toBe(true);
});

it('a running store is not repaired', async () => {
  await using store = await startStore({ directory: dataDir });
  expect(store.dataDir).toBe(dataDir);
  await expect(verify(true)).rejects.toMatchObject({ name: 'LockHeldError' });
  expect((await verify()).kinds).toEqual([]);
});
