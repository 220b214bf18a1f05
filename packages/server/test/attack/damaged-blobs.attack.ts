import { once } from 'node:events';
import { lstat, readdir, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningStore, startStore } from '../../../store/test/running-store.ts';

const size = 4 * 1024 * 1024;

let store: RunningStore;
beforeEach(async () => {
  store = await startStore();
});
afterEach(() => store[Symbol.asyncDispose]());

/** The file that holds the object's bytes: the largest there is. */
async function blobOf({ dataDir }: RunningStore): Promise<string> {
  const names = await readdir(dataDir, { recursive: true });
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(dataDir, name), about: await lstat(join(dataDir, name)) })),
  );
  const blob = files.find(({ about }) => about.isFile() && about.size === size);
  if (!blob) throw new Error('The bytes are kept in no file of their own.');
  return blob.path;
}

/** Responses of one connection to two requests for the object sent at once. */
async function readTwice(url: string): Promise<Buffer> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n`;
  socket.write(`${head}\r\n${head}Connection: close\r\n\r\n`);
  const read: Buffer[] = [];
  socket.on('data', (chunk) => read.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(read);
}

describe('an object whose file on disk was damaged', () => {
  it.each([
    ['cut short', (path: string) => truncate(path, size / 2)],
    ['emptied', (path: string) => writeFile(path, '')],
    ['made longer', (path: string) => writeFile(path, Buffer.alloc(size + 1_000, 'POISON'))],
  ])('frames no other answer: %s', async (_, damage) => {
    const body = Buffer.alloc(size, 'A');
    expect((await store.send({ method: 'PUT', path: '/bucket/key', body })).status).toBe(200);
    await damage(await blobOf(store));
    const read = await readTwice(store.presign({ method: 'GET', path: '/bucket/key' }));
    const text = read.toString('latin1');
    const first = text.slice(text.indexOf('\r\n\r\n') + 4);
    const second = first.indexOf('HTTP/1.1 ');
    const isRefused = !text.startsWith('HTTP/1.1 200');
    // Either the first body is whole and nothing but it precedes the next answer, or the connection was cut within it.
    if (second >= 0 && !isRefused) expect(second).toBe(size);
    expect(first.length).toBeLessThanOrEqual(second >= 0 ? text.length : size);
  });
});
