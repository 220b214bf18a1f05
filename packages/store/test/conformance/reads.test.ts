import { createHash, randomBytes } from 'node:crypto';
import { createSigner } from '@bkend/sigv4';
import { beforeAll, describe, expect, it } from 'vitest';
import { credentials, region, sendRaw } from '../running-store.ts';
import { useStore } from '../use-store.ts';

const store = await useStore();
let etag: string;
let modifiedAt: Date;
beforeAll(async () => {
  await store.send({
    method: 'PUT',
    path: '/bucket/digits',
    body: '0123456789',
    headers: { 'cache-control': 'no-store' },
  });
  await store.send({ method: 'PUT', path: '/bucket/empty' });
  const { headers } = await store.send({ method: 'HEAD', path: '/bucket/digits' });
  etag = headers.etag ?? '';
  modifiedAt = new Date(headers['last-modified'] ?? '');
});

const get = (
  headers: Record<string, string> = {},
  query: Record<string, string> = {},
  path = '/bucket/digits',
) => store.send({ path, headers, query });

describe('a range', () => {
  it.each([
    ['bytes=4-7', '4567', '4-7'],
    ['bytes=4-', '456789', '4-9'],
    ['bytes=-3', '789', '7-9'],
    ['bytes=-30', '0123456789', '0-9'],
    ['bytes=9-1000', '9', '9-9'],
    ['bytes=0-0', '0', '0-0'],
  ])('%s gives %j', async (range, text, span) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await store.send({ method, path: '/bucket/digits', headers: { range } });
      expect(answer.status).toBe(206);
      expect(answer.headers).toMatchObject({
        'content-range': `bytes ${span}/10`,
        'content-length': String(text.length),
      });
      expect(answer.text).toBe(method === 'GET' ? text : '');
    }
  });

  it.each([
    'bytes=5-3',
    'bytes=0-1,3-4',
    'items=0-1',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes= -1',
    'bytes=0 -1',
    'nonsense',
  ])('%s counts as none', async (range) => {
    expect(await get({ range })).toMatchObject({ status: 200, text: '0123456789' });
  });

  it.each([
    ['digits', 'bytes=10-'],
    ['digits', 'bytes=40-50'],
    ['digits', 'bytes=-0'],
    ['empty', 'bytes=0-'],
    ['empty', 'bytes=-1'],
  ])('of %s that is %s cannot be given', async (key, range) => {
    const answer = await get({ range }, {}, `/bucket/${key}`);
    expect(answer).toMatchObject({ status: 416, code: 'InvalidRange' });
    expect(answer.text).toContain('<ActualObjectSize>');
    const head = await store.send({ method: 'HEAD', path: `/bucket/${key}`, headers: { range } });
    expect(head).toMatchObject({ status: 416, text: '' });
  });
});

describe('conditions', () => {
  const before = () => new Date(modifiedAt.getTime() - 60_000).toUTCString();
  const after = () => new Date(modifiedAt.getTime() + 60_000).toUTCString();

  it.each<[string, () => Record<string, string>, number]>([
    ['If-Match with its tag', () => ({ 'if-match': etag }), 200],
    ['If-Match with its tag without quotes', () => ({ 'if-match': etag.replaceAll('"', '') }), 200],
    ['If-Match with anything', () => ({ 'if-match': '*' }), 200],
    ['If-Match with one of several', () => ({ 'if-match': `"other", ${etag}` }), 200],
    ['If-Match with another', () => ({ 'if-match': '"other"' }), 412],
    ['If-None-Match with its tag', () => ({ 'if-none-match': etag }), 304],
    ['If-None-Match with its tag, weak', () => ({ 'if-none-match': `W/${etag}` }), 304],
    ['If-None-Match with another', () => ({ 'if-none-match': '"other"' }), 200],
    ['If-Modified-Since before', () => ({ 'if-modified-since': before() }), 200],
    ['If-Modified-Since after', () => ({ 'if-modified-since': after() }), 304],
    ['If-Modified-Since just then', () => ({ 'if-modified-since': modifiedAt.toUTCString() }), 304],
    ['If-Modified-Since with no date', () => ({ 'if-modified-since': 'tomorrow' }), 200],
    ['If-Unmodified-Since before', () => ({ 'if-unmodified-since': before() }), 412],
    ['If-Unmodified-Since after', () => ({ 'if-unmodified-since': after() }), 200],
    ['If-Match over If-Unmodified-Since', () => ({ 'if-match': etag, 'if-unmodified-since': before() }), 200],
    [
      'If-None-Match over If-Modified-Since',
      () => ({ 'if-none-match': etag, 'if-modified-since': before() }),
      304,
    ],
    [
      'If-None-Match over If-Modified-Since, the other way',
      () => ({ 'if-none-match': '"other"', 'if-modified-since': after() }),
      200,
    ],
    ['a range with If-Range of its tag', () => ({ range: 'bytes=0-1', 'if-range': etag }), 206],
    ['a range with If-Range of another', () => ({ range: 'bytes=0-1', 'if-range': '"other"' }), 200],
    ['a range with a condition that fails', () => ({ range: 'bytes=0-1', 'if-match': '"other"' }), 412],
  ])('%s', async (_, headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await store.send({ method, path: '/bucket/digits', headers: headers() });
      expect(answer.status).toBe(status);
      if (status === 412 && method === 'GET') expect(answer.code).toBe('PreconditionFailed');
      if (status === 304) {
        expect(answer.headers).toMatchObject({ etag, 'cache-control': 'no-store' });
        expect(answer.body).toHaveLength(0);
      }
    }
  });

  it.each<[string, () => Record<string, string>, number]>([
    ['a tag that fits', () => ({ 'if-match': etag }), 200],
    ['a tag that does not', () => ({ 'if-match': '"other"' }), 412],
    ['not a tag that fits', () => ({ 'if-none-match': etag }), 412],
    ['not a tag that does not', () => ({ 'if-none-match': '"other"' }), 200],
    ['a change since', () => ({ 'if-modified-since': before() }), 200],
    ['no change since', () => ({ 'if-modified-since': after() }), 412],
    ['a tag that fits, over a date', () => ({ 'if-match': etag, 'if-unmodified-since': before() }), 200],
    [
      'not a tag that fits, over a date',
      () => ({ 'if-none-match': etag, 'if-modified-since': before() }),
      412,
    ],
  ])('of a copy on its source: %s', async (_, conditions, status) => {
    const named = Object.entries(conditions()).map(([name, value]) => [`x-amz-copy-source-${name}`, value]);
    const headers = { 'x-amz-copy-source': 'bucket/digits', ...Object.fromEntries(named) };
    expect((await store.send({ method: 'PUT', path: '/bucket/copy', headers })).status).toBe(status);
  });
});

describe('part 1', () => {
  it('of an object that has no parts is all of it', async () => {
    const answer = await get({}, { partNumber: '1' });
    expect(answer).toMatchObject({ status: 206, text: '0123456789' });
    expect(answer.headers).not.toHaveProperty('x-amz-mp-parts-count');
    expect(await get({}, { partNumber: '1' }, '/bucket/empty')).toMatchObject({ status: 200, text: '' });
    expect(await get({}, { partNumber: '2' })).toMatchObject({ status: 416, code: 'InvalidPartNumber' });
    expect((await get({}, { partNumber: '0' })).code).toBe('InvalidArgument');
    expect((await get({ range: 'bytes=0-1' }, { partNumber: '1' })).code).toBe('InvalidRequest');
  });

  it('of one with parts has its checksum and the number of parts', async () => {
    const path = '/bucket/parts';
    const headers = { 'x-amz-checksum-algorithm': 'SHA256' };
    const created = await store.send({ method: 'POST', path, query: { uploads: '' }, headers });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(created.text)?.[1] ?? '';
    const nodes = [];
    const parts = [randomBytes(5 * 1024 * 1024), Buffer.from('end')];
    const sums = parts.map((bytes) => createHash('sha256').update(bytes).digest('base64'));
    for (const [i, body] of parts.entries()) {
      const partNumber = String(i + 1);
      const sent = await store.send({ method: 'PUT', path, query: { uploadId, partNumber }, body });
      nodes.push(
        `<Part><PartNumber>${partNumber}</PartNumber><ETag>${sent.headers.etag}</ETag><ChecksumSHA256>${sums[i]}</ChecksumSHA256></Part>`,
      );
    }
    const body = `<CompleteMultipartUpload>${nodes.join('')}</CompleteMultipartUpload>`;
    expect((await store.send({ method: 'POST', path, query: { uploadId }, body })).status).toBe(200);
    for (const method of ['GET', 'HEAD']) {
      const answer = await store.send({
        method,
        path,
        query: { partNumber: '2' },
        headers: { 'x-amz-checksum-mode': 'ENABLED' },
      });
      expect(answer.status).toBe(206);
      expect(answer.headers).toMatchObject({
        'x-amz-mp-parts-count': '2',
        'content-range': 'bytes 5242880-5242882/5242883',
        'x-amz-checksum-sha256': sums[1],
      });
      expect(answer.text).toBe(method === 'GET' ? 'end' : '');
    }
    expect((await get({}, { partNumber: '3' }, path)).code).toBe('InvalidPartNumber');
  });
});

describe('a read', () => {
  it('of the one version there is names it, and there is no other', async () => {
    expect((await get({}, { versionId: 'null' })).text).toBe('0123456789');
    const versionId = 'a'.repeat(32);
    expect(await get({}, { versionId })).toMatchObject({ status: 404, code: 'NoSuchVersion' });
    expect(await get({}, { versionId: 'abc' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(await get({}, { versionId: '' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('may have other headers put in its answer', async () => {
    const query = {
      'response-content-type': 'a/b',
      'response-content-language': 'ko',
      'response-expires': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'response-cache-control': 'max-age=1',
      'response-content-disposition': 'attachment; filename="a.txt"',
      'response-content-encoding': 'x-none',
    };
    const { headers } = await get({}, query);
    for (const [name, value] of Object.entries(query))
      expect(headers[name.slice('response-'.length)]).toBe(value);
  });

  it.each(['response-content-length', 'response-etag', 'response-'])(
    'may not have any other header put in its answer: %s',
    async (name) => {
      expect(await get({}, { [name]: '1' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
      const head = await store.send({ method: 'HEAD', path: '/bucket/digits', query: { [name]: '1' } });
      expect(head.status).toBe(400);
    },
  );

  it('that is refused to HEAD has no body', async () => {
    for (const [path, status] of [
      ['/bucket/absent', 404],
      ['/nowhere/absent', 404],
      ['/nowhere', 404],
    ] as const) {
      expect(await store.send({ method: 'HEAD', path })).toMatchObject({ status, text: '' });
    }
    expect(await store.send({ method: 'HEAD', path: '/bucket/digits', signWith: null })).toMatchObject({
      status: 403,
      text: '',
    });
  });

  it('of what is not there says what is missing', async () => {
    expect(await get({}, {}, '/bucket/absent')).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(await get({}, {}, '/nowhere/absent')).toMatchObject({ status: 404, code: 'NoSuchBucket' });
    for (const path of ['/a%00b/k', `/${'b'.repeat(5000)}/k`, '//k']) {
      const answer = await sendRaw(store.endpoint, { method: 'GET', target: path });
      expect(answer, path).toMatchObject({ status: 400, code: 'InvalidBucketName' });
    }
  });
});

describe('nobody in particular', () => {
  const sendAs = (signWith: { accessKeyId: string; secretAccessKey: string } | null) =>
    store.send({ path: '/bucket/digits', signWith });

  it('gets the S3 error for it', async () => {
    expect(await sendAs(null)).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await sendAs({ ...credentials, accessKeyId: 'NOBODY' })).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
    expect(await sendAs({ ...credentials, secretAccessKey: 'x' })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  it('from another region gets the region of this store, in a header where the answer has no document', async () => {
    const { endpoint } = store;
    const signer = createSigner({ credentials, region: 'eu-central-1' });
    for (const method of ['GET', 'HEAD']) {
      const request = { method, endpoint, path: '/bucket', payloadHash: 'UNSIGNED-PAYLOAD', at: new Date() };
      const answer = await sendRaw(endpoint, { method, target: '/bucket', headers: signer.sign(request) });
      expect(answer.status).toBe(400);
      expect(answer.headers['x-amz-bucket-region']).toBe(region);
      const url = signer.presign({ method, endpoint, path: '/bucket', expiresInSeconds: 60, at: new Date() });
      const byUrl = await sendRaw(endpoint, { method, target: url.slice(endpoint.length) });
      expect([byUrl.status, byUrl.headers['x-amz-bucket-region']]).toEqual([400, region]);
    }
  });

  it('was here an hour ago', async () => {
    const signer = createSigner({ credentials, region });
    const input = {
      method: 'GET',
      endpoint: store.endpoint,
      path: '/bucket/digits',
      payloadHash: 'UNSIGNED-PAYLOAD',
    };
    const headers = signer.sign({ ...input, at: new Date(Date.now() - 3_600_000) });
    const late = await sendRaw(store.endpoint, { method: 'GET', target: '/bucket/digits', headers });
    expect(late).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' });
    const url = signer.presign({ ...input, expiresInSeconds: 60, at: new Date(Date.now() - 61_000) });
    const target = url.slice(store.endpoint.length);
    expect(await sendRaw(store.endpoint, { method: 'GET', target })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });
});
