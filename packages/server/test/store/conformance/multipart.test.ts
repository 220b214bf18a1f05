import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MultiDigest } from '../../../src/store/disk/digests.ts';
import { type RawResponse, type RunningStore, startStore } from '../running-store.ts';

let store: RunningStore;
beforeAll(async () => {
  store = await startStore();
  await store.send({ method: 'PUT', path: '/bucket/source', body: source });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

const MiB = 1024 * 1024;
const large = randomBytes(5 * MiB);
const source = randomBytes(5);
const small = Buffer.from('end');

const element = (name: string, text: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1] ?? '';
const crc = (bytes: Buffer) => {
  const digest = new MultiDigest(['crc32']);
  digest.update(bytes);
  return digest.digest().get('crc32')?.toString('base64') ?? '';
};

/** An upload of `/bucket/<key>`. */
async function begin(key: string, headers: Record<string, string> = {}) {
  const path = `/bucket/${key}`;
  const created = await store.send({ method: 'POST', path, query: { uploads: '' }, headers });
  expect(created.status, created.text).toBe(200);
  const uploadId = element('UploadId', created.text);
  const send = (method: string, query: Record<string, string>, more: object = {}): Promise<RawResponse> =>
    store.send({ method, path, query: { uploadId, ...query }, ...more });
  return {
    path,
    uploadId,
    send,
    put: (partNumber: number | string, body: Buffer, headers: Record<string, string> = {}) =>
      send('PUT', { partNumber: String(partNumber) }, { body, headers }),
    copy: (partNumber: number, headers: Record<string, string>) =>
      send(
        'PUT',
        { partNumber: String(partNumber) },
        { headers: { 'x-amz-copy-source': 'bucket/source', ...headers } },
      ),
    complete: (
      parts: readonly Record<string, string | number | undefined>[],
      headers: Record<string, string> = {},
    ) => {
      const nodes = parts.map((part) => {
        const fields = Object.entries(part).map(([name, value]) => `<${name}>${value}</${name}>`);
        return `<Part>${fields.join('')}</Part>`;
      });
      const body = `<CompleteMultipartUpload>${nodes.join('')}</CompleteMultipartUpload>`;
      return send('POST', {}, { body, headers });
    },
    list: (query: Record<string, string> = {}) => send('GET', query),
  };
}

const part = (PartNumber: number, bytes: Buffer) => ({
  PartNumber,
  ETag: createHash('md5').update(bytes).digest('hex'),
});

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
    'needs both its number and its upload, or is none: %j',
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

describe('the checksum of an upload', () => {
  const composite = { 'x-amz-checksum-algorithm': 'CRC32' };
  const full = { ...composite, 'x-amz-checksum-type': 'FULL_OBJECT' };
  const bytes = [large, small];
  const named = bytes.map((each, i) => ({ ...part(i + 1, each), ChecksumCRC32: crc(each) }));

  async function beginWithParts(key: string, headers: Record<string, string>) {
    const upload = await begin(key, headers);
    for (const [i, each] of bytes.entries()) {
      const sent = await upload.put(i + 1, each, { 'x-amz-checksum-crc32': crc(each) });
      expect(sent.headers['x-amz-checksum-crc32']).toBe(crc(each));
    }
    return upload;
  }

  it('that is composite is made of those of its parts, which are repeated at the end', async () => {
    const upload = await beginWithParts('composite', composite);
    const unnamed = bytes.map((each, i) => part(i + 1, each));
    expect(await upload.complete(unnamed)).toMatchObject({ status: 400, code: 'InvalidRequest' });
    const wrong = named.map((each) => ({ ...each, ChecksumCRC32: 'AAAAAA==' }));
    expect((await upload.complete(wrong)).code).toBe('InvalidPart');
    expect((await upload.complete(named, { 'x-amz-checksum-type': 'FULL_OBJECT' })).code).toBe(
      'InvalidRequest',
    );
    const expected = crc(Buffer.concat(bytes.map((each) => Buffer.from(crc(each), 'base64'))));
    for (const [announced, code] of [
      ['nonsense', 'InvalidRequest'],
      [`${expected}-two`, 'InvalidRequest'],
      [`${expected}-2-2`, 'InvalidRequest'],
      [`${expected}-3`, 'BadDigest'],
    ] as const) {
      const answer = await upload.complete(named, { 'x-amz-checksum-crc32': announced });
      expect(answer, announced).toMatchObject({ status: 400, code });
    }
    const { text } = await upload.complete(named, { 'x-amz-checksum-crc32': `${expected}-2` });
    expect(element('ChecksumCRC32', text)).toBe(`${expected}-2`);
    expect(element('ChecksumType', text)).toBe('COMPOSITE');
  });

  it('of a part is one, and looks like one', async () => {
    const upload = await beginWithParts('named', composite);
    for (const checksums of [
      { ChecksumCRC32: 'nonsense' },
      { ChecksumCRC32: crc(large), ChecksumSHA1: createHash('sha1').update(large).digest('base64') },
    ]) {
      const answer = await upload.complete([{ ...part(1, large), ...checksums }]);
      expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
    }
  });

  it('of the whole is that of the bytes', async () => {
    const upload = await beginWithParts('full', full);
    const expected = crc(Buffer.concat(bytes));
    const all = bytes.map((each, i) => part(i + 1, each));
    expect((await upload.complete(all, { 'x-amz-checksum-crc32': 'AAAAAA==' })).code).toBe('BadDigest');
    const counted = await upload.complete(all, { 'x-amz-checksum-crc32': `${expected}-2` });
    expect(counted.code).toBe('InvalidRequest');
    const { text } = await upload.complete(all, { 'x-amz-checksum-crc32': expected });
    expect(element('ChecksumCRC32', text)).toBe(expected);
    const headers = { 'x-amz-checksum-mode': 'ENABLED' };
    const head = await store.send({ method: 'HEAD', path: '/bucket/full', headers });
    expect(head.headers).toMatchObject({
      'x-amz-checksum-crc32': expected,
      'x-amz-checksum-type': 'FULL_OBJECT',
    });
    const whole = await store.send({ method: 'HEAD', path: '/bucket/full' });
    expect(whole.headers).not.toHaveProperty('x-amz-checksum-crc32');
  });

  it.each([
    [{ 'x-amz-checksum-algorithm': 'CRC16' }],
    [{ 'x-amz-checksum-type': 'COMPOSITE' }],
    [{ ...composite, 'x-amz-checksum-type': 'HALF' }],
    [{ 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'FULL_OBJECT' }],
    [{ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' }],
  ])('cannot be %o', async (headers) => {
    const answer = await store.send({ method: 'POST', path: '/bucket/k', query: { uploads: '' }, headers });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  it('is of one algorithm', async () => {
    const upload = await begin('other-algorithm', composite);
    const sha1 = createHash('sha1').update(small).digest('base64');
    expect(await upload.put(1, small, { 'x-amz-checksum-sha1': sha1 })).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
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

describe('the attributes of an object', () => {
  const attributes = (key: string, names: string, headers: Record<string, string> = {}) =>
    store.send({
      path: `/bucket/${key}`,
      query: { attributes: '' },
      headers: { 'x-amz-object-attributes': names, ...headers },
    });
  const all = 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize';

  it('tell its parts, page by page', async () => {
    const upload = await begin('attributes', { 'x-amz-checksum-algorithm': 'CRC32' });
    await upload.put(1, large);
    await upload.put(2, small);
    const named = [large, small].map((each, i) => ({ ...part(i + 1, each), ChecksumCRC32: crc(each) }));
    await upload.complete(named);
    const { text } = await attributes('attributes', all);
    expect(text).toMatch(/<ETag>[0-9a-f]{32}-2<\/ETag>/);
    expect(element('PartsCount', text)).toBe('2');
    expect(element('ObjectSize', text)).toBe(String(large.length + small.length));
    expect(element('StorageClass', text)).toBe('STANDARD');
    expect(text).toContain(
      `<Part><PartNumber>2</PartNumber><Size>3</Size><ChecksumCRC32>${crc(small)}</ChecksumCRC32></Part>`,
    );
    const page = await attributes('attributes', 'ObjectParts', { 'x-amz-max-parts': '1' });
    expect([element('IsTruncated', page.text), element('NextPartNumberMarker', page.text)]).toEqual([
      'true',
      '1',
    ]);
    const next = await attributes('attributes', 'ObjectParts', { 'x-amz-part-number-marker': '1' });
    expect(next.text).not.toContain('<PartNumber>1<');
  });

  it('are only those that were asked for', async () => {
    const { text } = await attributes('source', 'ObjectSize,ObjectParts');
    expect(text).toMatch(
      /<GetObjectAttributesResponse[^>]*><ObjectSize>5<\/ObjectSize><\/GetObjectAttributesResponse>$/,
    );
  });

  it.each([
    ['source', '', 400, 'InvalidRequest'],
    ['source', 'Colour', 400, 'InvalidArgument'],
    ['absent', 'Colour', 400, 'InvalidArgument'],
    ['absent', all, 404, 'NoSuchKey'],
  ])('of %s, asked for as %j, are refused', async (key, names, status, code) => {
    expect(await attributes(key, names)).toMatchObject({ status, code });
  });
});
