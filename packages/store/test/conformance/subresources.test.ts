import { beforeAll, describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';

/**
 * The subresources of the S3 API reference (API_Operations_Amazon_Simple_Storage_Service), written out here so that one forgotten in the
 * store's table is missed, and three that the reference does not have.
 */
const names = [
  'abac',
  'accelerate',
  'acl',
  'analytics',
  'annotation',
  'attributes',
  'bkend-copies',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metadataAnnotationTable',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
  'unknownThing',
  'some-later-addition',
];

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH'];
const secret = 'the bytes of the object';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/k', body: secret });
});

describe.each(methods)('%s', (method) => {
  it.each(names)('with ?%s reads, writes and deletes no object and no bucket', async (name) => {
    await store.send({ method: 'PUT', path: '/empty' });
    const before = await state();
    for (const path of ['/bucket/k', '/bucket/absent', '/bucket', '/empty', '/absent']) {
      const body = method === 'GET' || method === 'HEAD' ? '' : 'other bytes';
      const answer = await store.send({ method, path, query: { [name]: '' }, body });
      expect(answer.text, `${method} ${path}?${name}`).not.toContain(secret);
      expect(answer.headers['content-length'] ?? '', `${method} ${path}?${name}`).not.toBe(
        String(secret.length),
      );
    }
    expect(await state()).toEqual(before);
  });
});

it('a form is not stored where its URL names a subresource', async () => {
  for (const name of ['acl', 'delete', 'unknownThing']) {
    const answer = await fetch(`${store.endpoint}/bucket?${name}`, {
      method: 'POST',
      body: new FormData(),
    });
    expect([403, 501]).toContain(answer.status);
  }
});

it.each(['GET', 'PUT', 'DELETE'])('%s with two subresources is refused', async (method) => {
  const answer = await store.send({ method, path: '/bucket/k', query: { acl: '', tagging: '' } });
  expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
});

it.each(['DELETE', 'POST'])('%s with a part number and no upload deletes nothing', async (method) => {
  const answer = await store.send({ method, path: '/bucket/k', query: { partNumber: '1' } });
  expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  expect((await store.send({ path: '/bucket/k' })).text).toBe(secret);
});

it('parameters without a value that only change the answer are no subresources', async () => {
  const query = { prefix: '', delimiter: '', marker: '', 'encoding-type': '' };
  expect((await store.send({ path: '/bucket', query })).text).toContain('<Key>k</Key>');
  const read = await store.send({ path: '/bucket/k', query: { 'x-id': '', 'x-amz-checksum-mode': '' } });
  expect(read).toMatchObject({ status: 200, text: secret });
});

/** Buckets, keys and the bytes of the one object. */
async function state(): Promise<unknown> {
  const buckets = [...(await store.send({ path: '/' })).text.matchAll(/<Name>([^<]*)<\/Name>/g)];
  const keys = [...(await store.send({ path: '/bucket' })).text.matchAll(/<Key>([^<]*)<\/Key>/g)];
  const object = await store.send({ path: '/bucket/k' });
  return {
    buckets: buckets.map(([, name]) => name),
    keys: keys.map(([, key]) => key),
    bytes: object.text,
  };
}
