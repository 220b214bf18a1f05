import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { RequestReport } from '../src/http/exchange.ts';
import { connectRaw, type RawConnection, requestText } from './raw-connection.ts';
import { type RunningStore, startStore } from './running-store.ts';

const reports: RequestReport[] = [];
let store: RunningStore;
beforeAll(async () => {
  store = await startStore({
    headersSeconds: 1,
    transfers: {
      minBytesPerSecond: 1000,
      sendStallSeconds: 2,
      takeStallSeconds: 2,
      unverifiedSeconds: 1,
      lingerSeconds: 1,
    },
    onRequest: (report) => reports.push(report),
  });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

const put = (key: string, sizeBytes: number, change = (target: string) => target) => {
  const target = store.presign({ method: 'PUT', path: `/bucket/${key}` }).slice(store.endpoint.length);
  return requestText(store.endpoint, `PUT ${change(target)}`, { 'content-length': String(sizeBytes) });
};

/** Writes a byte now and then, so that the connection is never silent. */
async function dribble(connection: RawConnection, everyMs = 200): Promise<void> {
  while (!connection.socket.destroyed && connection.socket.writable) {
    connection.write('x');
    await sleep(everyMs);
  }
}

/** How long it takes until the store has ended the connection. */
async function msUntilEnded(connection: RawConnection): Promise<number> {
  const startedAt = performance.now();
  const dribbling = dribble(connection);
  await connection.ended(15_000);
  const elapsedMs = performance.now() - startedAt;
  connection.socket.destroy();
  await dribbling;
  return elapsedMs;
}

// At the same time: these tests wait, and do little else.
describe.concurrent('a client that is never silent and never gets on', () => {
  it.for<[string, () => Buffer]>([
    ['says nothing', () => Buffer.alloc(0)],
    ['writes a header', () => Buffer.from('PUT /bucket/k HTTP/1.1\r\nhost: a\r\nx-a: ')],
    [
      'sends a form without a key',
      () =>
        requestText(
          store.endpoint,
          'POST /bucket',
          { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '1000000' },
          '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n',
        ),
    ],
    ['sends a body whose signature is wrong', () => put('slow', 50_000_000, (target) => `${target}0`)],
    ['sends a short body whose signature is wrong', () => put('slow', 500_000, (target) => `${target}0`)],
    ['sends a signed body', () => put('slow', 1_000_000)],
    ['sends a signed body to no bucket', () => put('slow', 1_000_000).fill('n', 5, 6)],
  ])('and %s is ended in time', async ([, beginning], { expect }) => {
    await using connection = await connectRaw(store.endpoint);
    connection.write(beginning());
    expect(await msUntilEnded(connection)).toBeLessThan(8000);
    await expect.poll(async () => (await store.send({ path: '/bucket/slow' })).code).toBe('NoSuchKey');
  });

  it('gets the error that S3 sends', async ({ expect }) => {
    await using connection = await connectRaw(store.endpoint);
    connection.write(put('refused', 1_000_000));
    await msUntilEnded(connection);
    expect(connection.received()).toMatch(/^HTTP\/1\.1 400 .*<Code>RequestTimeout<\/Code>/s);
    await expect
      .poll(() => reports.findLast(({ path }) => path === '/bucket/refused')?.errorCode)
      .toBe('RequestTimeout');
  });

  it('and takes nothing of an answer is ended in time', async ({ expect }) => {
    await store.send({ method: 'PUT', path: '/bucket/big', body: Buffer.alloc(24 * 1024 * 1024) });
    const target = store.presign({ method: 'GET', path: '/bucket/big' }).slice(store.endpoint.length);
    await using connection = await connectRaw(store.endpoint);
    connection.socket.pause();
    connection.write(requestText(store.endpoint, `GET ${target}`));
    await expect
      .poll(() => reports.findLast(({ path }) => path === '/bucket/big')?.operation, { timeout: 15_000 })
      .toBe('GetObject');
  });
});

describe.concurrent('a client that is slow and steady', () => {
  it('has its upload stored, which takes longer than any silence may', async ({ expect }) => {
    await using connection = await connectRaw(store.endpoint);
    connection.write(put('steady', 12_000));
    for (let sent = 0; sent < 12_000; sent += 600) {
      connection.write('y'.repeat(600));
      await sleep(200);
    }
    expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
    expect((await store.send({ path: '/bucket/steady' })).text).toBe('y'.repeat(12_000));
  });
});
