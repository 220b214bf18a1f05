import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';
import { beginUpload, element, large, part, small } from './begun-upload.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/source', body: source });
});

const source = randomBytes(5);

const begin = (key: string, headers: Record<string, string> = {}) => beginUpload(store, key, headers);

describe('a part', () => {
  it.each(['0', '10001', '-1', '1e3', 'x', ''])('cannot have the number %j', async (number) => {
    const upload = await begin('numbers');
    expect(await upload.put(number, small)).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('belongs to an upload of this key in this bucket', async () => {
    const { uploadId } = await begin('mine');
    const query = { uploadId, partNumber: '1' };
    expect((await store.send({ method: 'PUT', path: '/bucket/yours', query })).code).toBe('NoSuchUpload');
    expect((await store.send({ method: 'PUT', path: '/nowhere/mine', query })).code).toBe('NoSuchBucket');
    expect((await store.send({ path: '/bucket/yours', query })).code).toBe('NoSuchUpload');
    expect((await store.send({ method: 'DELETE', path: '/bucket/yours', query })).code).toBe('NoSuchUpload');
    const nothing = { uploadId: 'nothing', partNumber: '1' };
    expect(await store.send({ method: 'PUT', path: '/bucket/mine', query: nothing })).toMatchObject({
      status: 404,
      code: 'NoSuchUpload',
    });
  });

  it.each([{}, { 'x-amz-copy-source': 'bucket/there' }])(
    'needs both its number and its upload, or is not one of multipart: %j',
    async (headers) => {
      const { uploadId } = await begin('halves');
      const put = (query: Record<string, string>) =>
        store.send({ method: 'PUT', path: '/bucket/halves', query, headers });
      expect(await put({ partNumber: '1' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
      const withoutNumber = await put({ uploadId });
      expect(withoutNumber).toMatchObject({ status: 405, code: 'MethodNotAllowed' });
      expect(withoutNumber.headers.allow).toBe('GET, POST, DELETE');
      expect((await store.send({ path: '/bucket/halves' })).code).toBe('NoSuchKey');
    },
  );

  it('sent again counts once, as it was sent last', async () => {
    const upload = await begin('again');
    await upload.put(1, Buffer.from('first'));
    await upload.put(1, small);
    expect((await upload.complete([part(1, Buffer.from('first'))])).code).toBe('InvalidPart');
    expect((await upload.complete([part(1, small)])).status).toBe(200);
    expect((await store.send({ path: '/bucket/again' })).text).toBe('end');
  });

  it('that does not have the digest it was announced with is not kept', async () => {
    const upload = await begin('digests');
    expect((await upload.put(1, small, { 'content-md5': 'rL0Y20xC+Fzt72VPzMSk2A==' })).code).toBe(
      'BadDigest',
    );
    expect((await upload.put(1, small, { 'x-amz-checksum-crc32': 'AAAAAA==' })).code).toBe('BadDigest');
    expect((await upload.list()).text).not.toContain('<Part>');
  });
});

describe('a part copied from an object', () => {
  it('may be a range of it', async () => {
    const upload = await begin('copied');
    const { text } = await upload.copy(1, { 'x-amz-copy-source-range': 'bytes=1-3' });
    expect(element('ETag', text)).toBe(`&quot;${part(1, source.subarray(1, 4)).ETag}&quot;`);
    expect((await upload.complete([part(1, source.subarray(1, 4))])).status).toBe(200);
    expect((await store.send({ path: '/bucket/copied' })).body.equals(source.subarray(1, 4))).toBe(true);
  });

  it.each<readonly [range: string, code: string]>([
    ['bytes=0-21', 'InvalidArgument'],
    ['bytes=5-5', 'InvalidArgument'],
    ...[
      'bytes=a-b',
      'bytes=0-a',
      'bytes=a-',
      'bytes=0-2,3-4',
      'bytes=0',
      'bytes=0-',
      'bytes=-2',
      '0-2',
      'bytes=3-1',
    ].map((range) => [range, 'InvalidArgument'] as const),
  ])('of the range %s is refused with %s', async (range, code) => {
    const upload = await begin('ranges');
    expect((await upload.copy(1, { 'x-amz-copy-source-range': range })).code).toBe(code);
  });

  it('needs the object, and the conditions on it', async () => {
    const upload = await begin('conditions');
    const etag = part(1, source).ETag;
    const code = async (headers: Record<string, string>) => (await upload.copy(1, headers)).code;
    expect(await code({ 'x-amz-copy-source': 'bucket/absent' })).toBe('NoSuchKey');
    expect(await code({ 'x-amz-copy-source': 'nowhere/source' })).toBe('NoSuchBucket');
    expect(await code({ 'x-amz-copy-source': 'bucket' })).toBe('InvalidArgument');
    expect(await code({ 'x-amz-copy-source-if-match': '"other"' })).toBe('PreconditionFailed');
    expect(await code({ 'x-amz-copy-source-if-none-match': etag })).toBe('PreconditionFailed');
    expect(await code({ 'x-amz-copy-source-if-match': etag })).toBeUndefined();
  });

  it.each([' ', '_', '?versionId', '?versionId=null', '한글/+%'])('may be called %j', async (key) => {
    await store.send({ method: 'PUT', path: `/bucket/${key}`, body: source });
    const upload = await begin('names');
    expect((await upload.copy(1, { 'x-amz-copy-source': `/bucket/${encodeURIComponent(key)}` })).status).toBe(
      200,
    );
  });
});

describe('completing an upload', () => {
  it('needs parts that are there, in order, and large enough', async () => {
    const upload = await begin('refused');
    await upload.put(1, small);
    await upload.put(2, large);
    await upload.put(3, small);
    const code = async (...parts: Parameters<typeof upload.complete>[0][]) => {
      const answer = await upload.complete(parts.flat());
      expect(answer.status).toBe(400);
      return answer.code;
    };
    expect(await code([part(4, small)])).toBe('InvalidPart');
    expect(await code([part(9999, small)])).toBe('InvalidPart');
    expect(await code([{ PartNumber: 2, ETag: 'f'.repeat(32) }])).toBe('InvalidPart');
    expect(await code([part(3, small), part(2, large)])).toBe('InvalidPartOrder');
    expect(await code([part(2, large), part(2, large)])).toBe('InvalidPartOrder');
    expect(await code([part(1, small), part(2, large)])).toBe('EntityTooSmall');
    expect(await code([])).toBe('MalformedXML');
    expect(await code([{ PartNumber: 2 }])).toBe('MalformedXML');
    expect(await code([part(0, small)])).toBe('InvalidArgument');
    expect(await code([part(-1, small)])).toBe('InvalidArgument');
    expect((await upload.send('POST', {})).code).toBe('MalformedXML');
    expect(
      (await upload.complete([part(2, large)], { 'content-md5': 'rL0Y20xC+Fzt72VPzMSk2A==' })).code,
    ).toBe('BadDigest');
    expect((await upload.complete([part(2, large)], { 'x-amz-mp-object-size': '7' })).code).toBe(
      'InvalidRequest',
    );
    expect((await upload.complete([part(2, large)], { 'x-amz-mp-object-size': '-1' })).code).toBe(
      'InvalidRequest',
    );
    expect((await upload.complete([part(2, large), part(3, small)])).status).toBe(200);
    expect((await store.send({ path: upload.path })).body.equals(Buffer.concat([large, small]))).toBe(true);
  });

  it('answers where the object is, once and again', async () => {
    const upload = await begin('wo + 한글');
    await upload.put(1, small);
    const { text } = await upload.complete([part(1, small)]);
    expect(element('Location', text)).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/bucket\/wo%20%2B%20%ED%95%9C%EA%B8%80$/,
    );
    expect(element('ETag', (await upload.complete([part(1, small)])).text)).toBe(element('ETag', text));
    expect((await upload.list()).code).toBe('NoSuchUpload');
    expect((await upload.send('DELETE', {})).code).toBe('NoSuchUpload');
  });

  it('happens only under its conditions', async () => {
    await store.send({ method: 'PUT', path: '/bucket/conditional', body: small });
    const upload = await begin('conditional');
    await upload.put(1, small);
    const all = [part(1, small)];
    expect(await upload.complete(all, { 'if-none-match': '*' })).toMatchObject({
      status: 412,
      code: 'PreconditionFailed',
    });
    expect((await upload.complete(all, { 'if-match': '"other"' })).code).toBe('PreconditionFailed');
    expect((await upload.complete(all, { 'if-match': part(1, small).ETag })).status).toBe(200);
    const absent = await begin('conditional-absent');
    await absent.put(1, small);
    expect((await absent.complete(all, { 'if-match': '*' })).code).toBe('NoSuchKey');
    expect((await absent.complete(all, { 'if-none-match': '*' })).status).toBe(200);
  });
});
describe('the list of parts', () => {
  it('has pages', async () => {
    const upload = await begin('listed');
    for (const number of [1, 3, 5]) await upload.put(number, small);
    const numbers = (text: string) =>
      [...text.matchAll(/<Part><PartNumber>(\d+)</g)].map(([, n]) => Number(n));
    const first = (await upload.list({ 'max-parts': '2' })).text;
    expect(numbers(first)).toEqual([1, 3]);
    expect([element('IsTruncated', first), element('NextPartNumberMarker', first)]).toEqual(['true', '3']);
    const last = (await upload.list({ 'max-parts': '2', 'part-number-marker': '3' })).text;
    expect(numbers(last)).toEqual([5]);
    expect(element('IsTruncated', last)).toBe('false');
    expect(element('MaxParts', (await upload.list({ 'max-parts': '5000' })).text)).toBe('1000');
    for (const query of [{ 'max-parts': '-1' }, { 'max-parts': 'x' }, { 'part-number-marker': 'x' }]) {
      expect(await upload.list(query)).toMatchObject({ status: 400, code: 'InvalidArgument' });
    }
  });
});

describe('the list of uploads', () => {
  it('goes on behind an upload, and behind a key', async () => {
    const made: string[] = [];
    for (const key of ['u/a', 'u/a', 'u/b', 'u/c/d', 'u/c/e']) made.push((await begin(key)).uploadId);
    const list = async (query: Record<string, string>) => {
      const { text } = await store.send({ path: '/bucket', query: { uploads: '', prefix: 'u/', ...query } });
      const ids = [...text.matchAll(/<UploadId>(\w+)<\/UploadId>/g)].map(([, id]) => made.indexOf(id ?? ''));
      return { text, ids };
    };
    const first = await list({ 'max-uploads': '1' });
    expect(first.ids).toEqual([0]);
    const markers = {
      'key-marker': element('NextKeyMarker', first.text),
      'upload-id-marker': element('NextUploadIdMarker', first.text),
    };
    expect((await list(markers)).ids).toEqual([1, 2, 3, 4]);
    expect((await list({ 'key-marker': 'u/a' })).ids).toEqual([2, 3, 4]);
    expect((await list({ 'upload-id-marker': made[3] ?? '' })).ids).toEqual([0, 1, 2, 3, 4]);
    const folders = await list({ delimiter: '/' });
    expect(folders.ids).toEqual([0, 1, 2]);
    expect(folders.text).toContain('<CommonPrefixes><Prefix>u/c/</Prefix></CommonPrefixes>');
  });
});
