import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { verifyStore } from '../../src/verify/verify-store.ts';
import { useStore } from '../use-store.ts';

const store = await useStore();
beforeEach(async () => {
  for (const key of ['a', 'b']) await store.send({ method: 'PUT', path: `/bucket/${key}`, body: '12345' });
});

const exists = async (key: string) => (await store.send({ path: `/bucket/${key}` })).status === 200;
const md5 = (body: string) => createHash('md5').update(body).digest('base64');
const deleteMany = (objects: string, headers?: Record<string, string>) => {
  const body = `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}</Delete>`;
  const usual = { 'content-md5': md5(body) };
  return store.send({
    method: 'POST',
    path: '/bucket',
    query: { delete: '' },
    body,
    headers: headers ?? usual,
  });
};

describe('a DELETE', () => {
  const remove = (key: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) =>
    store.send({ method: 'DELETE', path: `/bucket/${key}`, headers, query });

  it('of nothing is no error, but of a bucket that is not there', async () => {
    expect((await remove('absent')).status).toBe(204);
    expect((await remove('a', {}, { versionId: 'null' })).status).toBe(204);
    expect(await exists('a')).toBe(false);
    expect(await store.send({ method: 'DELETE', path: '/nowhere/a' })).toMatchObject({
      status: 404,
      code: 'NoSuchBucket',
    });
  });

  it('happens only under its conditions', async () => {
    const { headers } = await store.send({ method: 'HEAD', path: '/bucket/a' });
    const lastModified = headers['last-modified'] ?? '';
    for (const condition of [
      { 'if-match': '"other"' },
      { 'x-amz-if-match-size': '4' },
      { 'x-amz-if-match-size': '' },
      { 'x-amz-if-match-last-modified-time': 'Thu, 01 Jan 2015 00:00:00 GMT' },
      { 'x-amz-if-match-last-modified-time': 'yesterday' },
    ]) {
      expect(await remove('a', condition)).toMatchObject({ status: 412, code: 'PreconditionFailed' });
    }
    expect(await exists('a')).toBe(true);
    const all = {
      'if-match': headers.etag ?? '',
      'x-amz-if-match-size': '5',
      'x-amz-if-match-last-modified-time': lastModified,
    };
    expect((await remove('a', all)).status).toBe(204);
    expect(await exists('a')).toBe(false);
  });
});

describe('a batch delete', () => {
  it('says of every object what became of it, in the order they were named in', async () => {
    const { text } = await deleteMany(
      '<Object><Key>a</Key><ETag>"other"</ETag></Object><Object><Key>absent</Key><VersionId>null</VersionId></Object>' +
        '<Object><Key>b</Key><Size>5</Size></Object><Object><Key>a</Key><VersionId>unknown</VersionId></Object>',
    );
    expect(text.replace(/<Message>.*?<\/Message>/, '').replace(/^.*<DeleteResult[^>]*>/s, '')).toBe(
      '<Error><Key>a</Key><Code>PreconditionFailed</Code></Error>' +
        '<Deleted><Key>absent</Key><VersionId>null</VersionId></Deleted><Deleted><Key>b</Key></Deleted>' +
        '<Deleted><Key>a</Key><VersionId>unknown</VersionId></Deleted></DeleteResult>',
    );
    expect([await exists('a'), await exists('b')]).toEqual([true, false]);
  });

  it('that is to be quiet tells errors only', async () => {
    const { text } = await deleteMany(
      '<Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key>b</Key><ETag>x</ETag></Object>',
    );
    expect(text).not.toContain('<Deleted>');
    expect(text).toContain('<Error><Key>b</Key>');
  });

  it('takes a thousand objects and no more', async () => {
    const object = (_: unknown, i: number) => `<Object><Key>${i}</Key></Object>`;
    const thousand = Array.from({ length: 1000 }, object).join('');
    expect((await deleteMany(thousand)).status).toBe(200);
    expect(await deleteMany(`${thousand}<Object><Key>a</Key></Object>`)).toMatchObject({
      status: 400,
      code: 'MalformedXML',
    });
    expect(await exists('a')).toBe(true);
  });

  it('has a digest that fits', async () => {
    const object = '<Object><Key>a</Key></Object>';
    expect(await deleteMany(object, {})).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect((await deleteMany(object, { 'content-md5': md5('other') })).code).toBe('BadDigest');
    expect((await deleteMany(object, { 'x-amz-checksum-crc32': 'AAAAAA==' })).code).toBe('BadDigest');
    expect(await exists('a')).toBe(true);
  });

  it.each(['', '<Object/>', '<Object><Key></Key></Object>', '<Object><Key>a</Key>'])(
    'refuses %j as malformed',
    async (objects) => {
      expect(await deleteMany(objects)).toMatchObject({ status: 400, code: 'MalformedXML' });
    },
  );

  it('refuses a key that is too long, and deletes the others', async () => {
    const { text } = await deleteMany(
      `<Object><Key>${'k'.repeat(5000)}</Key></Object><Object><Key>a</Key></Object>`,
    );
    expect(text).toContain('<Code>KeyTooLongError</Code>');
    expect(await exists('a')).toBe(false);
  });
});

describe('a bucket', () => {
  // Too large to stand in the index.
  const large = 'x'.repeat(200_000);
  const send = (method: string, path: string, query: Record<string, string> = {}) =>
    store.send({ method, path, query, body: method === 'PUT' ? large : '' });

  it('with objects is not deleted', async () => {
    expect(await send('DELETE', '/bucket')).toMatchObject({ status: 409, code: 'BucketNotEmpty' });
  });

  it('without objects goes with its uploads, and leaves nothing for the next of its name', async () => {
    await store.send({ method: 'PUT', path: '/short-lived' });
    const { text } = await send('POST', '/short-lived/k', { uploads: '' });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1] ?? '';
    expect((await send('PUT', '/short-lived/k', { uploadId, partNumber: '1' })).status).toBe(200);
    expect((await send('DELETE', '/short-lived')).status).toBe(204);
    expect((await send('DELETE', '/short-lived')).code).toBe('NoSuchBucket');
    expect((await send('PUT', '/short-lived/k', { uploadId, partNumber: '2' })).code).toBe('NoSuchBucket');
    await store.send({ method: 'PUT', path: '/short-lived' });
    expect((await send('GET', '/short-lived', { uploads: '' })).text).not.toContain('<Upload>');
    expect((await send('PUT', '/short-lived/k', { uploadId, partNumber: '2' })).code).toBe('NoSuchUpload');
    expect((await send('DELETE', '/short-lived')).status).toBe(204);
    const findings: unknown[] = [];
    await verifyStore({
      directory: store.dataDir,
      repair: false,
      onFinding: (found) => findings.push(found),
    });
    expect(findings).toEqual([]);
  });
});

describe('a key that is too long', () => {
  const long = 'k'.repeat(1025);

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('is refused by %s', async (method) => {
    expect((await store.send({ method, path: `/bucket/${long}` })).status).toBe(400);
    expect((await store.send({ method: 'PUT', path: `/bucket/${long.slice(1)}` })).status).toBe(200);
  });

  it('is nowhere to be copied from, nor to be listed behind', async () => {
    const headers = { 'x-amz-copy-source': `bucket/${long.repeat(4)}` };
    expect((await store.send({ method: 'PUT', path: '/bucket/c', headers })).code).toBe('KeyTooLongError');
    for (const [version, name] of [
      ['1', 'prefix'],
      ['1', 'marker'],
      ['1', 'delimiter'],
      ['2', 'prefix'],
      ['2', 'start-after'],
      ['2', 'delimiter'],
    ] as const) {
      const query = { [name]: long.repeat(4), 'list-type': version };
      expect((await store.send({ path: '/bucket', query })).status, name).toBe(200);
    }
    const behind = await store.send({
      path: '/bucket',
      query: { uploads: '', 'key-marker': long.repeat(4) },
    });
    expect(behind.status).toBe(200);
  });
});
