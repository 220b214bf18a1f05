import { expect, test } from 'vitest';
import { newKey, put, putPart } from './client.ts';
import { objectStoreContract } from './contract.ts';
import { startEmbeddedStore } from './embedded-store.ts';

const open = startEmbeddedStore();

objectStoreContract('the object store on the embedded store', open);

/** Behaviour of S3 that Ceph does not have, so that the contract cannot require it of every store. */
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
