import { Readable } from 'node:stream';
import { defaultLimits } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { World } from '../../../test/images/running-host.ts';
import { loadBytes } from './source.ts';

const file = new World().put('app/dev/photo.jpg', Buffer.from('0123456789'));

/** As an object store sends it that says another length, or the right one. */
const load = (chunks: readonly string[], sizeBytes: number) => {
  const info = { sizeBytes, contentType: 'image/jpeg', etag: 'e', lastModified: new Date(0) };
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return loadBytes({ objects: { get: async () => ({ info, body }) }, limits: defaultLimits }, file);
};

describe('the bytes of an original', () => {
  it('are read whole, in whatever pieces they come', async () => {
    expect((await load(['0123', '', '456', '789'], 10)).toString()).toBe('0123456789');
    expect(await load([], 0)).toHaveLength(0);
  });

  it.each([9, 11])('are not taken for whole when the store said that they are %i', async (sizeBytes) => {
    await expect(load(['01234', '56789'], sizeBytes)).rejects.toMatchObject({ code: 'common/unavailable' });
  });

  it('are refused when there are more of them than the file says and the limit allows', async () => {
    const tooMany = defaultLimits.maxSourceImageBytes + 1;
    await expect(load([], tooMany)).rejects.toMatchObject({ code: 'file/file-too-large' });
  });
});
