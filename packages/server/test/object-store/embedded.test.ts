import { afterAll, beforeAll, expect, test } from 'vitest';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import { credentials, type RunningStore, region, startStore } from '../store/running-store.ts';
import { newKey, put, putPart } from './client.ts';
import { type OpenStore, objectStoreContract } from './contract.ts';

let running: RunningStore;
beforeAll(async () => {
  running = await startStore({ buckets: [] });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
});

const open: OpenStore = ({ bucket, clock }) =>
  openObjectStore({
    endpoint: running.endpoint,
    region,
    bucket,
    credentials,
    clock,
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });

objectStoreContract('the object store on the embedded store', open);

/** What S3 does and Ceph does not, so that the contract cannot ask it of every store. */
test('the embedded store refuses parts in the wrong order, and lets a browser read a refusal', async () => {
  await using store = open({ bucket: 'strict', clock: () => new Date() });
  await store.ensureBucket();
  const key = newKey();
  const upload = { key, multipartId: await store.createMultipart({ key, contentType: 'a/b' }) };
  const parts = [
    await putPart(store, { ...upload, partNumber: 2 }, 'two'),
    await putPart(store, { ...upload, partNumber: 1 }, 'one'),
  ];
  await expect(store.completeMultipart({ ...upload, parts })).rejects.toMatchObject({
    code: 'file/invalid-parts-array',
    details: { reason: 'InvalidPartOrder' },
  });
  expect(await store.completeMultipart({ ...upload, parts: parts.slice(0, 1) })).toBe('completed');
  expect((await store.head(key))?.sizeBytes).toBe(3);

  const url = await store.presignPut({ key, contentType: 'image/png', expiresInSeconds: 60 });
  const headers = { 'content-type': 'text/html', origin: 'https://app.example.com' };
  const refused = await put(url, 'bytes', headers);
  expect(refused.status).toBe(403);
  expect(refused.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/app\.example\.com)$/);
});
