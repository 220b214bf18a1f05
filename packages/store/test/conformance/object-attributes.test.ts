import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';
import { beginUpload, crc, element, large, part, small } from './begun-upload.ts';

const store = await useStore();
beforeAll(async () => {
  await store.send({ method: 'PUT', path: '/bucket/source', body: source });
});

const source = randomBytes(5);

const begin = (key: string, headers: Record<string, string> = {}) => beginUpload(store, key, headers);

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
