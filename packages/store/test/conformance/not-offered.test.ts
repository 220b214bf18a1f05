import { beforeAll, describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/k', body: 'x' });
});

const send = (method: string, path: string, name: string, body = '') =>
  store.send({ method, path, query: { [name]: '' }, body });

describe('a setting of a bucket that the store does not have', () => {
  it.each([
    ['policy', 'NoSuchBucketPolicy'],
    ['policyStatus', 'NoSuchBucketPolicy'],
    ['lifecycle', 'NoSuchLifecycleConfiguration'],
    ['encryption', 'ServerSideEncryptionConfigurationNotFoundError'],
    ['website', 'NoSuchWebsiteConfiguration'],
    ['replication', 'ReplicationConfigurationNotFoundError'],
    ['ownershipControls', 'OwnershipControlsNotFoundError'],
    ['publicAccessBlock', 'NoSuchPublicAccessBlockConfiguration'],
    ['object-lock', 'ObjectLockConfigurationNotFoundError'],
  ])('is not there: %s', async (name, code) => {
    expect(await send('GET', '/bucket', name)).toMatchObject({ status: 404, code });
    expect((await send('GET', '/nowhere', name)).code).toBe('NoSuchBucket');
  });

  it.each([
    ['versioning', /<VersioningConfiguration[^>]*><\/VersioningConfiguration>$/],
    ['accelerate', /<AccelerateConfiguration[^>]*><\/AccelerateConfiguration>$/],
    ['logging', /<BucketLoggingStatus[^>]*><\/BucketLoggingStatus>$/],
    ['notification', /<NotificationConfiguration[^>]*><\/NotificationConfiguration>$/],
    ['requestPayment', /<Payer>BucketOwner<\/Payer>/],
    ['acl', /<Permission>FULL_CONTROL<\/Permission>/],
    ['location', /<LocationConstraint[^>]*><\/LocationConstraint>$/],
  ])('is as S3 has it for a new bucket: %s', async (name, document) => {
    const { status, text } = await send('GET', '/bucket', name);
    expect(status).toBe(200);
    expect(text).toMatch(document);
  });

  it.each(['versioning', 'policy', 'lifecycle', 'encryption', 'object-lock', 'website', 'notification'])(
    'cannot be made: %s',
    async (name) => {
      expect(await send('PUT', '/bucket', name, '<x/>')).toMatchObject({
        status: 501,
        code: 'NotImplemented',
      });
    },
  );

  it.each([
    'policy',
    'lifecycle',
    'encryption',
    'website',
    'replication',
    'ownershipControls',
    'publicAccessBlock',
  ])('may be removed, since there is nothing of it: %s', async (name) => {
    expect((await send('DELETE', '/bucket', name)).status).toBe(204);
    expect((await send('DELETE', '/nowhere', name)).code).toBe('NoSuchBucket');
  });

  it('leaves the bucket where it is', async () => {
    await send('DELETE', '/bucket', 'metrics');
    expect((await store.send({ path: '/bucket/k' })).status).toBe(200);
  });
});

describe('a property of an object that the store does not have', () => {
  it.each(['retention', 'legal-hold'])('is not there: %s', async (name) => {
    expect(await send('GET', '/bucket/k', name)).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
    expect((await send('GET', '/bucket/absent', name)).code).toBe('NoSuchKey');
    expect((await send('PUT', '/bucket/k', name)).code).toBe('NotImplemented');
  });

  it.each(['restore', 'select', 'torrent'])('is no reason to answer with the object: %s', async (name) => {
    expect((await send('GET', '/bucket/k', name)).code).toBe('NotImplemented');
    expect((await send('POST', '/bucket/k', name)).code).toBe('NotImplemented');
  });

  it.each(['annotation', 'encryption', 'renameObject'])(
    'is no reason to overwrite the object, nor to delete it: %s',
    async (name) => {
      expect((await send('PUT', '/bucket/k', name, 'of something else')).code).toBe('NotImplemented');
      expect((await send('DELETE', '/bucket/k', name)).code).toBe('NotImplemented');
      expect((await store.send({ path: '/bucket/k' })).text).toBe('x');
    },
  );
});

describe('what only buckets have', () => {
  it.each(['cors', 'delete', 'lifecycle', 'location', 'policy', 'uploads', 'versioning', 'versions'])(
    'is refused behind a key, rather than the object read, overwritten or deleted: %s',
    async (name) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        expect(await send(method, '/bucket/k', name)).toMatchObject({ status: 400, code: 'InvalidRequest' });
      }
      expect((await send('HEAD', '/bucket/k', name)).status).toBe(400);
      expect((await store.send({ path: '/bucket/k' })).text).toBe('x');
    },
  );
});

it.each(['/bucket', '/bucket/k'])(
  'the source of a copy is refused where nothing can be copied: %s',
  async (path) => {
    for (const method of ['GET', 'DELETE', 'POST']) {
      const answer = await store.send({ method, path, headers: { 'x-amz-copy-source': 'bucket/k' } });
      expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
    }
    expect((await store.send({ path: '/bucket/k' })).text).toBe('x');
  },
);

it('a method that S3 does not have is refused with the methods that it has', async () => {
  const answer = await store.send({ method: 'PATCH', path: '/bucket/k' });
  expect(answer).toMatchObject({ status: 405, code: 'MethodNotAllowed' });
  expect(answer.headers.allow).toBe('POST, PUT, DELETE, GET, HEAD');
});

it.each([
  ['/bucket/k', 'x-amz-server-side-encryption-aws-kms-key-id', 'key'],
  ['/bucket/k', 'x-amz-grant-read', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'],
  ['/bucket/k', 'x-amz-grant-full-control', 'id="a"'],
  ['/new-bucket', 'x-amz-grant-write', 'id="a"'],
  ['/new-bucket', 'x-amz-object-ownership', 'ObjectWriter'],
])('a write to %s is not done without the %s it asks for', async (path, name, value) => {
  const answer = await store.send({ method: 'PUT', path, headers: { [name]: value }, body: 'other' });
  expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
  expect((await store.send({ path: '/bucket/k' })).text).toBe('x');
  expect((await store.send({ method: 'HEAD', path: '/new-bucket' })).status).toBe(404);
});

it('a write under a condition that S3 does not have is refused', async () => {
  const headers = { 'if-none-match': '"tag"' };
  const answer = await store.send({ method: 'PUT', path: '/bucket/k', headers, body: 'other' });
  expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
});

it.each(['x-amz-server-side-encryption', 'x-amz-server-side-encryption-customer-algorithm'])(
  'a read that speaks of encryption is refused: %s',
  async (name) => {
    const answer = await store.send({ path: '/bucket/k', headers: { [name]: 'AES256' } });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidRequest' });
  },
);
