import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { credentials, region, startStore } from '../../../store/test/running-store.ts';
import { newKey, putObject } from '../../test/object-store/client.ts';
import { openObjectStore } from './open-object-store.ts';

const hello = { etag: '5d41402abc4b2a76b9719d911017c592', sizeBytes: 5, firstBytes: Buffer.from('') };
const record = { etag: hello.etag, sizeBytes: hello.sizeBytes };
const contentType = 'text/plain';

function openOn(endpoint: string) {
  const warn = (message: string, cause: unknown) => {
    throw new Error(message, { cause });
  };
  const options = { endpoint, region, bucket: 'bucket', credentials, clock: () => new Date(), warn };
  return openObjectStore({ ...options, copiesByReference: true });
}

test('a copy without HEAD answers with its own size and ETag, and is made once', async () => {
  await using running = await startStore();
  await using store = openOn(running.endpoint);
  const [from, to] = [newKey(), `${newKey()}~copy`];
  expect(await store.copyWithoutHead?.({ from, to, contentType })).toBeUndefined();
  await putObject(store, from, 'hello');
  expect(await store.copyWithoutHead?.({ from, to, contentType })).toEqual(hello);
  await putObject(store, from, 'another');
  expect(await store.copyWithoutHead?.({ from, to, contentType })).toEqual(hello);
  expect(await store.head(to)).toMatchObject({ ...record, contentType });
});

test('a copy answers with as many of its first bytes as are asked for, small or large', async () => {
  await using running = await startStore();
  await using store = openOn(running.endpoint);
  for (const content of ['hello', 'x'.repeat(3_000_000), '']) {
    const [from, to] = [newKey(), `${newKey()}~copy`];
    await putObject(store, from, content);
    const copy = await store.copyWithoutHead?.({ from, to, contentType, firstBytes: 4_100 });
    expect(copy?.firstBytes.toString()).toBe(content.slice(0, 4_100));
    expect((await store.headWithFirstBytes(from, 4_100))?.firstBytes.toString()).toBe(
      content.slice(0, 4_100),
    );
    expect(await store.headWithFirstBytes(to, 1)).toMatchObject({ sizeBytes: content.length });
  }
  expect(await store.headWithFirstBytes(newKey(), 1)).toBeUndefined();
});

test('copies asked for together share a request, and each has its own answer', async () => {
  const operations: string[] = [];
  await using running = await startStore({
    onRequest: ({ operation = 'none' }) => operations.push(operation),
  });
  await using store = openOn(running.endpoint);
  const sources = Array.from({ length: 20 }, newKey);
  for (const [index, key] of sources.entries()) if (index !== 7) await putObject(store, key, 'hello');
  operations.length = 0;
  const answers = await Promise.all(
    sources.map((from) => store.copyWithoutHead?.({ from, to: `${from}~copy`, contentType })),
  );
  expect(operations).toEqual(['CopyObjects']);
  expect(answers).toEqual(sources.map((_, index) => (index === 7 ? undefined : hello)));
  for (const from of sources.slice(0, 7)) expect(await store.head(`${from}~copy`)).toMatchObject(record);
});

test('a copy whose answer is lost is requested again, and stays the first one although its source has changed', async () => {
  await using running = await startStore();
  await using store = openOn(running.endpoint);
  const [from, to] = [newKey(), `${newKey()}~copy`];
  await putObject(store, from, 'hello');
  const { port } = new URL(running.endpoint);
  let lost = 0;
  // Relays requests; the first copy is made, and its answer is lost.
  const relay = createServer((incoming, answer) => {
    const { method, url, headers } = incoming;
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (response) => {
      if (!url?.includes('bkend-copies') || lost > 0) {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
        return;
      }
      lost += 1;
      void putObject(store, from, 'another').then(() => answer.destroy());
    });
    incoming.pipe(outgoing);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  try {
    // It listens on a port.
    await using relayed = openOn(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`);
    expect(await relayed.copyWithoutHead?.({ from, to, contentType })).toEqual(hello);
    expect(lost).toBe(1);
    expect(await store.head(to)).toMatchObject(record);
  } finally {
    relay.closeAllConnections();
    relay.close();
  }
});
