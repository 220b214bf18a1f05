import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';
import { beginUpload, crc, element, large, part, small } from './begun-upload.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/source', body: source });
});

const source = randomBytes(5);

const begin = (key: string, headers: Record<string, string> = {}) => beginUpload(store, key, headers);

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
