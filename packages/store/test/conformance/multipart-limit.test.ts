import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningStore, startStore } from '../running-store.ts';
import { beginUpload, part } from './begun-upload.ts';

let store: RunningStore;
beforeAll(async () => {
  store = await startStore();
  await store.send({ method: 'PUT', path: '/bucket/source', body: randomBytes(6) });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

const begin = (key: string, maxBytes: string) =>
  beginUpload(store, key, { 'x-bkend-max-upload-bytes': maxBytes });
const tooLarge = { status: 400, code: 'EntityTooLarge' };

describe('an upload that was given a limit', () => {
  it('has parts of that many bytes, each number counted once', async () => {
    const upload = await begin('limited', '10');
    expect((await upload.put(1, randomBytes(6))).status).toBe(200);
    expect(await upload.put(2, randomBytes(5))).toMatchObject(tooLarge);
    expect((await upload.put(1, randomBytes(8))).status).toBe(200);
    expect(await upload.put(2, randomBytes(3))).toMatchObject(tooLarge);
    const first = Buffer.alloc(10, 'a');
    expect((await upload.put(1, first)).status).toBe(200);
    expect(await upload.put(1, Buffer.alloc(11))).toMatchObject(tooLarge);
    expect((await upload.list()).text.match(/<Part>/g)).toHaveLength(1);
    expect((await upload.complete([part(1, first)])).status).toBe(200);
  });

  it('holds parts to it that are copied, whole or a range', async () => {
    const upload = await begin('copied', '10');
    expect((await upload.copy(1, {})).status).toBe(200);
    expect(await upload.copy(2, {})).toMatchObject(tooLarge);
    expect((await upload.copy(2, { 'x-amz-copy-source-range': 'bytes=0-3' })).status).toBe(200);
    expect(await upload.copy(3, { 'x-amz-copy-source-range': 'bytes=0-0' })).toMatchObject(tooLarge);
  });

  it('holds parts to it that arrive at once', async () => {
    const upload = await begin('at-once', '10');
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => upload.put(number, randomBytes(4))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(answer).toMatchObject(tooLarge);
  });
});

it('a part of undeclared length is read no further than the limit', async () => {
  const { uploadId } = await begin('chunked', '10');
  const path = '/bucket/chunked';
  const url = store.presign({ method: 'PUT', path, query: { uploadId, partNumber: '1' } });
  const put = request(url, { method: 'PUT', headers: { 'Transfer-Encoding': 'chunked' } });
  // It never ends: only a refusal answers it.
  put.write(randomBytes(11));
  const [answer] = (await once(put, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(400);
  expect(await text(answer)).toContain('<Code>EntityTooLarge</Code>');
  put.destroy();
});

it.each(['-1', 'x', '1e3', '1.5', ''])('the limit %j is refused', async (maxBytes) => {
  const headers = { 'x-bkend-max-upload-bytes': maxBytes };
  const begun = { method: 'POST', path: '/bucket/refused', query: { uploads: '' }, headers };
  expect(await store.send(begun)).toMatchObject({ status: 400, code: 'InvalidRequest' });
});

it('an upload without a limit has none', async () => {
  const upload = await beginUpload(store, 'free');
  for (const number of [1, 2, 3]) expect((await upload.put(number, randomBytes(100_000))).status).toBe(200);
});
