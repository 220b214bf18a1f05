import { readdir, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw, requestText } from './raw-connection.ts';
import { type RunningStore, startStore } from './running-store.ts';

/** Requests with a body that have been answered, or whose connection is gone. */
let answered = 0;
let store: RunningStore;
beforeAll(async () => {
  store = await startStore({
    transfers: { sendStallSeconds: 1, lingerSeconds: 1 },
    onRequest: ({ method }) => {
      if (method === 'PUT') answered += 1;
    },
  });
});
afterAll(() => store[Symbol.asyncDispose]());

const MiB = 1024 * 1024;
const size = 5 * MiB;

/** Contents that this process has open: the files of blobs, whole or being written. */
async function openBlobs(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter(
    (target) => target.startsWith(`${store.dataDir}/`) && /\/[0-9a-f]{32}( |$)/.test(target),
  );
}

const target = (method: string, path: string, query: Record<string, string> = {}) =>
  store.presign({ method, path, query }).slice(store.endpoint.length);

async function beginUpload(): Promise<string> {
  const { text } = await store.send({ method: 'POST', path: '/bucket/film', query: { uploads: '' } });
  return /<UploadId>(.*?)<\/UploadId>/.exec(text)?.[1] ?? expect.fail(text);
}

const put = (length: number) =>
  requestText(store.endpoint, `PUT ${target('PUT', '/bucket/k')}`, { 'content-length': String(length) });

const requests: Record<string, () => Promise<Buffer>> = {
  'an object': async () => put(size),
  'a part': async () =>
    requestText(
      store.endpoint,
      `PUT ${target('PUT', '/bucket/film', { partNumber: '1', uploadId: await beginUpload() })}`,
      { 'content-length': String(size) },
    ),
  'an object with a checksum that will not fit': async () =>
    requestText(store.endpoint, `PUT ${target('PUT', '/bucket/k')}`, {
      'content-length': String(size),
      'content-md5': Buffer.alloc(16).toString('base64'),
    }),
};

/** Bytes of the body after which the connection breaks: around the size that is kept in the index, and around each buffer. */
const points = [0, 1, 64 * 1024, 64 * 1024 + 1, MiB - 1, MiB, MiB + 1, 3 * MiB, 4 * MiB + 7, size - 1, size];

const endings: Record<string, (socket: Socket) => unknown> = {
  'is reset': (socket) => socket.resetAndDestroy(),
  'is closed': (socket) => socket.destroy(),
  'is ended by the client': (socket) => socket.end(),
  'falls silent': () => undefined,
};

describe.each(Object.entries(requests))('an upload of %s', (_, begin) => {
  it.each(Object.entries(endings))(
    'whose connection %s leaves no file open and none behind, whatever has arrived',
    async (__, end) => {
      answered = 0;
      const connections = await Promise.all(
        points.map(async (bytes) => {
          const connection = await connectRaw(store.endpoint);
          connection.write(await begin());
          if (bytes > 0) connection.write(Buffer.alloc(bytes, 'x'));
          await new Promise((resolve) => setTimeout(resolve, bytes % 7));
          end(connection.socket);
          return connection;
        }),
      );
      await expect.poll(() => answered, { timeout: 15_000 }).toBe(points.length);
      await expect.poll(openBlobs).toEqual([]);
      await expect.poll(() => readdir(`${store.dataDir}/incoming`)).toEqual([]);
      await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));
    },
  );
});
