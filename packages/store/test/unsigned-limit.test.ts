import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type RunningStore, sendRaw, startStore } from './running-store.ts';

const asked: (string | undefined)[] = [];
let isOpen = true;
let store: RunningStore;
beforeAll(async () => {
  store = await startStore({
    admitUnsigned({ method, url }: IncomingMessage) {
      asked.push(`${method} ${url}`);
      return isOpen ? undefined : { retryAfterSeconds: 7 };
    },
  });
  await store.send({ method: 'PUT', path: '/bucket/k', body: 'x' });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});
beforeEach(() => {
  isOpen = true;
  asked.length = 0;
});

const form = {
  method: 'POST',
  target: '/bucket',
  headers: { 'content-type': 'multipart/form-data; boundary=x' },
  body: Buffer.from('--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--x--\r\n'),
};
const unsigned = [
  { method: 'GET', target: '/bucket/k' },
  { method: 'GET', target: '/bucket/k?X-Amz-Signature=0', headers: {} },
  { method: 'GET', target: '/bucket/k', headers: { authorization: 'AWS4-HMAC-SHA256 x' } },
  { method: 'OPTIONS', target: '/bucket/k', headers: { origin: 'http://a' } },
  form,
];

it('the limit on callers without a valid signature is asked once for each of their requests, and only for theirs', async () => {
  for (const request of unsigned) {
    const { status } = await sendRaw(store.endpoint, request);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  }
  expect(asked).toEqual(unsigned.map(({ method, target }) => `${method} ${target}`));
  expect((await store.send({ path: '/bucket/k' })).status).toBe(200);
  expect(asked).toHaveLength(unsigned.length);
});

it('a caller over that limit gets the time of its retry, and a signed request is served all the same', async () => {
  isOpen = false;
  for (const request of unsigned) {
    const answer = await sendRaw(store.endpoint, request);
    expect(answer).toMatchObject({ status: 503, code: 'SlowDown' });
    expect(answer.headers['retry-after']).toBe('7');
  }
  expect((await store.send({ path: '/bucket/k' })).text).toBe('x');
});
