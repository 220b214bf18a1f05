import { beforeAll, expect, it } from 'vitest';
import { openAccessKeys } from '../src/auth/manage-access-keys.ts';
import { useStore } from './use-store.ts';

const query = { 'bkend-copies': '' };
const store = await useStore();
beforeAll(async () => {
  const headers = { 'content-type': 'text/html', 'x-amz-meta-a': 'b', 'cache-control': 'no-store' };
  await store.send({ method: 'PUT', path: '/bucket/source', body: 'bytes', headers });
});

function copyObjects(copies: unknown, signWith?: { accessKeyId: string; secretAccessKey: string }) {
  const body = JSON.stringify({ copies });
  return store.send({ method: 'POST', path: '/bucket', query, body, ...(signWith && { signWith }) });
}

it('copies with a type of their own and nothing else of the source, and answers in order', async () => {
  const { status, text } = await copyObjects([
    { from: 'source', to: 'copy 1', contentType: 'text/plain' },
    { from: 'nowhere', to: 'copy 2', contentType: 'text/plain' },
    { from: 'source', to: 'k'.repeat(1025), contentType: 'text/plain' },
    { from: 'source', to: 'copy 4', contentType: 'image/png' },
  ]);
  const etag = '4b3a6218bb3e3a7303e8a171a60fcf92';
  expect(status).toBe(200);
  expect(JSON.parse(text).copies).toEqual([
    { sizeBytes: 5, etag },
    { error: 'NoSuchKey' },
    { error: 'KeyTooLongError' },
    { sizeBytes: 5, etag },
  ]);
  const copy = await store.send({ path: '/bucket/copy 1' });
  expect(copy.text).toBe('bytes');
  expect(copy.headers).toMatchObject({ 'content-type': 'text/plain' });
  expect(copy.headers).not.toHaveProperty('x-amz-meta-a');
  expect(copy.headers).not.toHaveProperty('cache-control');
});

it('leaves an object that is there, and answers with it', async () => {
  await store.send({ method: 'PUT', path: '/bucket/there', body: 'first' });
  const { text } = await copyObjects([{ from: 'source', to: 'there', contentType: 'text/plain' }]);
  expect(JSON.parse(text).copies).toEqual([{ sizeBytes: 5, etag: '8b04d5e3775d298e78455efc5ca404d5' }]);
  expect((await store.send({ path: '/bucket/there' })).text).toBe('first');
});

it.each([
  ['no list', 'x'],
  ['an empty list', []],
  ['more than 1,000', Array(1001).fill({ from: 'source', to: 'x', contentType: 'a/b' })],
  ['a copy without a target', [{ from: 'source', contentType: 'a/b' }]],
  ['a copy that is null', [null]],
])('refuses %s', async (_, copies) => {
  expect(await copyObjects(copies)).toMatchObject({ status: 400, code: 'InvalidRequest' });
});

it('refuses what is no JSON, and no body', async () => {
  for (const body of ['{', '[]', 'null', '<Copies/>', '']) {
    expect((await store.send({ method: 'POST', path: '/bucket', query, body })).status).toBe(400);
  }
});

it('is for keys that may write in the bucket', async () => {
  await store.send({ method: 'PUT', path: '/other' });
  await using keys = openAccessKeys(store.dataDir);
  for (const rights of [{ isReadOnly: true }, { bucket: 'other', isReadOnly: false }]) {
    const key = await keys.create(rights);
    const copies = [{ from: 'source', to: 'stolen', contentType: 'a/b' }];
    expect((await copyObjects(copies, key)).code).toBe('AccessDenied');
  }
  expect((await store.send({ path: '/bucket/stolen' })).status).toBe(404);
});
