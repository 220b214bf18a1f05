import { createSigner, encodePathS3 } from '@bkend/sigv4';
import { describe, expect, it } from 'vitest';
import { credentials, sendRaw, startStore } from '../running-store.ts';

/** The body of CreateBucket. */
const inRegion = (region: string) =>
  `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;

/** A store of one region, spoken to as one of that region. */
async function startIn(region: string) {
  const store = await startStore({ buckets: [], region });
  return {
    send(
      method: string,
      path: string,
      { query = {}, body = '' }: { query?: Record<string, string>; body?: string } = {},
    ) {
      const { endpoint } = store;
      const signer = createSigner({ credentials, region });
      const headers = signer.sign({
        method,
        endpoint,
        path,
        query,
        payloadHash: 'UNSIGNED-PAYLOAD',
        at: new Date(),
      });
      const search = new URLSearchParams(query).toString();
      const target = encodePathS3(path) + (search === '' ? '' : `?${search}`);
      return sendRaw(endpoint, { method, target, headers, body: Buffer.from(body) });
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

describe('a bucket', () => {
  it('is made, found, listed and deleted', async () => {
    await using store = await startIn('us-east-1');
    const made = await store.send('PUT', '/bucket');
    expect([made.status, made.headers.location]).toEqual([200, '/bucket']);
    const head = await store.send('HEAD', '/bucket');
    expect([head.status, head.headers['x-amz-bucket-region']]).toEqual([200, 'us-east-1']);
    expect((await store.send('GET', '/')).text).toMatch(/<Bucket><Name>bucket<\/Name><CreationDate>\d{4}-/);
    expect((await store.send('DELETE', '/bucket')).status).toBe(204);
    expect((await store.send('HEAD', '/bucket')).status).toBe(404);
    expect(await store.send('DELETE', '/bucket')).toMatchObject({ status: 404, code: 'NoSuchBucket' });
  });

  it('made again keeps what is in it; S3 says so in every region but its first', async () => {
    for (const [region, status, code] of [
      ['us-east-1', 200, undefined],
      ['eu-central-1', 409, 'BucketAlreadyOwnedByYou'],
    ] as const) {
      await using store = await startIn(region);
      await store.send('PUT', '/bucket');
      await store.send('PUT', '/bucket/k', { body: 'kept' });
      expect(await store.send('PUT', '/bucket')).toMatchObject({ status, code });
      expect((await store.send('GET', '/bucket/k')).text).toBe('kept');
    }
  });

  it('is made in the region of the store', async () => {
    await using store = await startIn('eu-central-1');
    expect((await store.send('PUT', '/here', { body: inRegion('eu-central-1') })).status).toBe(200);
    expect((await store.send('PUT', '/unsaid', { body: inRegion('') })).status).toBe(200);
    const location = await store.send('GET', '/here', { query: { location: '' } });
    expect(location.text).toMatch(/<LocationConstraint[^>]*>eu-central-1<\/LocationConstraint>$/);
    expect(await store.send('PUT', '/there', { body: inRegion('us-west-2') })).toMatchObject({
      status: 400,
      code: 'InvalidLocationConstraint',
    });
    for (const body of ['x', '<Other/>', '<CreateBucketConfiguration>']) {
      expect((await store.send('PUT', '/there', { body })).code).toBe('MalformedXML');
    }
    expect((await store.send('HEAD', '/there')).status).toBe(404);
  });

  it('has the tags it is made with, if they are such as S3 has', async () => {
    await using store = await startIn('us-east-1');
    const tagged = (tags: string) =>
      `<CreateBucketConfiguration><Tags>${tags}</Tags></CreateBucketConfiguration>`;
    const tag = '<Tag><Key>a</Key><Value>b</Value></Tag>';
    expect((await store.send('PUT', '/tagged', { body: tagged(tag) })).status).toBe(200);
    expect((await store.send('GET', '/tagged', { query: { tagging: '' } })).text).toContain(tag);
    expect((await store.send('PUT', '/untagged', { body: tagged('') })).status).toBe(200);
    expect((await store.send('GET', '/untagged', { query: { tagging: '' } })).code).toBe('NoSuchTagSet');
    expect((await store.send('PUT', '/other', { body: tagged(tag + tag) })).code).toBe('InvalidTag');
    expect((await store.send('HEAD', '/other')).status).toBe(404);
  });

  it('has a name that S3 allows', async () => {
    await using store = await startIn('us-east-1');
    const long = (length: number) => 'a'.repeat(length);
    for (const name of ['abc', 'a-b', 'a.b', '123', '1.2.3', 'a--b', long(63)]) {
      expect((await store.send('PUT', `/${name}`)).status, name).toBe(200);
    }
    const refused = [
      'a',
      'ab',
      long(64),
      long(256),
      'Abc',
      'a_bc',
      '-abc',
      'abc-',
      '.abc',
      'abc.',
      'a..b',
      'a.-b',
      'a-.b',
    ];
    for (const name of [...refused, '192.168.5.4', 'a b', 'a!b', '한글']) {
      expect(await store.send('PUT', `/${name}`), name).toMatchObject({
        status: 400,
        code: 'InvalidBucketName',
      });
    }
  });
});

it('a missing bucket is reported before any wrong parameter', async () => {
  await using store = await startStore();
  for (const [method, query] of [
    ['PUT', { uploadId: 'x', partNumber: '0' }],
    ['PUT', { partNumber: '1' }],
    ['GET', { attributes: '' }],
    ['GET', { partNumber: '0' }],
  ] as const) {
    const answer = await store.send({ method, path: '/nowhere/k', query });
    expect(answer, JSON.stringify(query)).toMatchObject({ status: 404, code: 'NoSuchBucket' });
  }
});
