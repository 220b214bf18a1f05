import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createStorage } from '@bkend/storage';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
import { type CommandLine, ended, startCommandLine } from './command-line.ts';

const size = 6 * 2 ** 20;
const content = seededBytes(7, size);

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterEach(() => bks.service.objects.calm());
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

/** Breaks the first answer after `afterBytes`, and stalls the next, so that the download is interrupted at a known byte. */
function breakOnce(afterBytes: number): { reached(): boolean } {
  let gets = 0;
  bks.service.objects.decide = ({ method }) => {
    if (method !== 'GET') return undefined;
    gets += 1;
    return gets === 1 ? { kind: 'cut-answer', afterBytes } : { kind: 'stall' };
  };
  return { reached: () => gets >= 2 };
}

async function interrupt(folder: string, id: string, signal: NodeJS.Signals) {
  const { reached } = breakOnce(size / 2);
  const child = bks.start(folder, 'get', id);
  const outcome = ended(child);
  await expect.poll(reached, { timeout: 30_000 }).toBe(true);
  child.kill(signal);
  const result = await outcome;
  bks.service.objects.calm();
  return result;
}

test.each<[NodeJS.Signals, number | null]>([
  ['SIGINT', 130],
  ['SIGKILL', null],
])('a download ended by %s is resumed by the next get', async (signal, expected) => {
  const folder = await bks.folder();
  const id = await bks.upload(content, `${signal}.bin`);
  const { code, stderr } = await interrupt(folder, id, signal);
  expect(code).toBe(expected);
  if (signal === 'SIGINT')
    expect(stderr).toMatch(/Interrupted with .* kept. To resume:\n {2}bkend-storage get /);
  const [draft = '', ...others] = await readdir(folder);
  expect(others).toEqual([]);
  expect((await readFile(join(folder, draft))).length).toBeGreaterThan(0);

  // A request for the whole file would be cut here; one for the rest is not.
  bks.service.objects.decide = ({ method }) =>
    method === 'GET' ? { kind: 'cut-answer', afterBytes: size - 1 } : undefined;
  expect(await bks.run(folder, 'get', id)).toMatchObject({ code: 0 });
  expect(bks.service.objects.seen.filter(({ method }) => method === 'GET')).toHaveLength(1);
  expect(await readdir(folder)).toEqual([`${signal}.bin`]);
  expect((await readFile(join(folder, `${signal}.bin`))).equals(content)).toBe(true);
});

// The ETag of an upload in parts is no hash of the bytes.
test.each<[string, number, NodeJS.Signals]>([
  ['one PUT', size, 'SIGINT'],
  ['one PUT', size, 'SIGKILL'],
  ['parts', 17 * 2 ** 20, 'SIGINT'],
  ['parts', 17 * 2 ** 20, 'SIGKILL'],
])(
  'a changed partial download of a file stored by %s (%i bytes, %s) is not mixed with it',
  async (_, sizeBytes, signal) => {
    const folder = await bks.folder();
    const stored = seededBytes(9, sizeBytes);
    const id = await bks.upload(stored, 'mixed.bin');
    await interrupt(folder, id, signal);
    const [draft = ''] = await readdir(folder);
    const bytes = await readFile(join(folder, draft));
    bytes.set(Buffer.from('oops'), 2 ** 20);
    await writeFile(join(folder, draft), bytes, { flag: 'r+' });
    expect(await bks.run(folder, 'get', id)).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(folder)).toEqual(['mixed.bin']);
    expect((await readFile(join(folder, 'mixed.bin'))).equals(stored)).toBe(true);
  },
);

test('a file that has changed since is downloaded from the start', async () => {
  const folder = await bks.folder();
  const id = await bks.upload(content, 'changed.bin');
  await interrupt(folder, id, 'SIGINT');
  // An entry with the ETag of other bytes.
  const journal = join(bks.service.directory, '.cache', 'bkend-storage', 'downloads');
  const [entry = ''] = await readdir(journal);
  const text = await readFile(join(journal, entry), 'utf8');
  await writeFile(join(journal, entry), JSON.stringify({ ...JSON.parse(text), etag: '"0"' }));
  const [draft = ''] = await readdir(folder);
  await writeFile(join(folder, draft), seededBytes(8, 2 ** 20), { flag: 'r+' });
  expect(await bks.run(folder, 'get', id)).toMatchObject({ code: 0, stderr: '' });
  expect((await readFile(join(folder, 'changed.bin'))).equals(content)).toBe(true);
  expect(await readdir(journal)).toEqual([]);
});

test('two concurrent downloads of one file to one folder make two whole files', async () => {
  const folder = await bks.folder();
  const id = await bks.upload(content, 'twice.bin');
  await interrupt(folder, id, 'SIGINT');
  const both = await Promise.all([bks.run(folder, 'get', id), bks.run(folder, 'get', id)]);
  expect(both).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect((await readdir(folder)).sort()).toEqual(['twice (1).bin', 'twice.bin']);
  for (const name of await readdir(folder)) {
    expect((await readFile(join(folder, name))).equals(content)).toBe(true);
  }
});

test('a download continues after each of several broken connections', async () => {
  const folder = await bks.folder();
  const id = await bks.upload(content, 'broken.bin');
  bks.service.objects.decide = ({ method }) =>
    method === 'GET' ? { kind: 'cut-answer', afterBytes: 2 ** 20 } : undefined;
  expect(await bks.run(folder, 'get', id)).toMatchObject({ code: 0, stderr: '' });
  expect((await readFile(join(folder, 'broken.bin'))).equals(content)).toBe(true);
});

/** A store that answers with other bytes than were stored, or with more or fewer. */
async function lyingStore(answer: Uint8Array, etag: string): Promise<Server> {
  const server = createServer((_, response) =>
    response.writeHead(200, { ETag: etag, 'Content-Length': answer.length }).end(answer),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test.each<[string, Uint8Array, RegExp]>([
  ['other bytes', Buffer.from('jello'), /client\/checksum-mismatch/],
  ['fewer bytes', Buffer.from('hell'), /The object store has 4 bytes of the file, and its record says 5/],
  ['more bytes', Buffer.from('hello!'), /The object store has 6 bytes of the file, and its record says 5/],
])('a store that answers with %s than were stored leaves no file', async (_, answer, words) => {
  const folder = await bks.folder();
  const id = await bks.upload('hello', 'h.txt');
  const server = await lyingStore(answer, '"5d41402abc4b2a76b9719d911017c592"');
  const { port } = server.address() as AddressInfo;
  const before = bks.service.objects;
  before.passTo(port);
  const { code, stderr } = await bks.run(folder, 'get', id);
  before.passTo(Number(bks.service.running.env.BKEND_OBJECTS_PORT));
  server.close();
  expect(stderr).toMatch(words);
  expect(code).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('downloaded bytes are compared with the SHA-256 in the metadata', async () => {
  const folder = await bks.folder();
  const storage = createStorage({ url: bks.service.api.url, apiKey: bks.service.secretKey, journal: false });
  const right = await storage.upload('hello', { filename: 'right', sha256: true });
  const wrong = await storage.upload('hello', {
    filename: 'wrong',
    metadata: { custom: { sha256: '0'.repeat(64) } },
  });
  const { code, stderr } = await bks.run(folder, 'get', wrong.id, right.id);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^\S+: The bytes received are not the bytes stored: their SHA-256 .*\n$/);
  expect(await readdir(folder)).toEqual(['right']);
});
