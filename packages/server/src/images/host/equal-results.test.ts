import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { startHost } from '../../../test/images/running-host.ts';
import { animation } from '../../../test/images/sample-images.ts';
import { useHost } from '../../../test/images/use-host.ts';

const images = useHost();

/** By the formats that they lead to for a small photograph. */
const accepts = [
  undefined,
  '*/*',
  'image/*',
  'image/jpeg',
  'image/gif;q=1',
  'image/avif;q=0,image/webp;q=0',
  'image/webp',
  'image/webp,*/*;q=0.8',
  'IMAGE/WEBP;q=0.1',
  'image/avif;q=0.5,image/webp;q=0.9',
  'image/avif',
  'image/avif,image/webp',
  'image/avif;q=0.9,*/*;q=0.1',
  'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
] as const;

const square = { create: { width: 60, height: 40, channels: 3, background: 'teal' } } as const;
const large = { create: { width: 1900, height: 1400, channels: 3, background: 'teal' } } as const;

/** The number of formats that the values of `Accept` lead to. */
const sources = [
  ['a small photograph', 'image/jpeg', () => sharp(square).jpeg().toBuffer(), 3],
  ['an image too large for AVIF', 'image/png', () => sharp(large).png().toBuffer(), 2],
  ['an animation', 'image/gif', () => animation(), 2],
  ['a WebP', 'image/webp', () => sharp(square).webp().toBuffer(), 2],
  ['a WebP under the type of a JPEG', 'image/jpeg', () => sharp(square).webp().toBuffer(), 2],
  ['an AVIF', 'image/avif', () => sharp(square).avif({ effort: 0 }).toBuffer(), 2],
  ['an AVIF too large for AVIF', 'image/avif', () => sharp(large).avif({ effort: 0 }).toBuffer(), 1],
] as const;

describe('equal results', () => {
  it.each(sources)(
    'have one ETag and one cache entry whatever the Accept: %s',
    async (_, mimeType, make, formats) => {
      images.world.put('app/dev/source', await make(), { mimeType });
      const path = '/1900x1400/app/dev/source';
      const ask = async (
        accept: string | undefined,
        headers: Record<string, string> = {},
        url = images.host.url,
      ) => {
        const answer = await fetch(url + path, { headers: { ...headers, accept: accept ?? '' } });
        const bytes = Buffer.from(await answer.arrayBuffer()).toString('base64');
        const [type, etag, vary, cache] = ['content-type', 'etag', 'vary', 'x-cache'].map((name) =>
          answer.headers.get(name),
        );
        expect(vary).toBe('Accept');
        return { status: answer.status, type, etag, cache, bytes };
      };
      const tags = new Map<string | null | undefined, string>();
      const typeFor = new Map<string | undefined, string | null | undefined>();
      for (const accept of accepts) {
        const { status, type, etag, bytes } = await ask(accept);
        expect(status).toBe(200);
        typeFor.set(accept, type);
        tags.set(type, tags.get(type) ?? `${etag} ${bytes}`);
        expect(`${etag} ${bytes}`).toBe(tags.get(type));
      }
      expect(tags.size).toBe(formats);
      expect(new Set([...tags.values()].map((tag) => tag.split(' ')[0])).size).toBe(formats);
      for (const accept of accepts) {
        const again = await ask(accept);
        expect(again.cache).toBe('HIT, memory');
        expect(again.type).toBe(typeFor.get(accept));
        for (const [type, tag] of tags) {
          const [etag = ''] = tag.split(' ');
          const status = (await ask(accept, { 'if-none-match': etag })).status;
          expect(status).toBe(type === again.type ? 304 : 200);
        }
        expect((await ask(accept, { 'if-none-match': '*' })).etag).toBe(again.etag);
        expect((await ask(accept, { 'if-match': again.etag ?? '' })).status).toBe(200);
      }
    },
  );

  it('are found on disk after a restart, and a tag that matches needs no work', async () => {
    images.world.put('app/dev/source', await animation(), { mimeType: 'image/gif' });
    const { cacheDirectory } = images.host;
    const ask = (url: string, headers: Record<string, string>, method = 'GET') =>
      fetch(`${url}/20x20/app/dev/source`, { method, headers: { accept: 'image/avif', ...headers } });
    const first = await ask(images.host.url, {});
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('content-type')).toBe('image/gif');
    // Two folders, the rendition, and what leads there from the key of an AVIF.
    await expect.poll(() => readdir(cacheDirectory, { recursive: true })).toHaveLength(4);
    const reads = images.world.reads;
    const other = await startHost(images.world, { cacheDirectory });
    expect((await ask(other.url, {}, 'HEAD')).headers.get('etag')).toBe(etag);
    // The first request is not in memory, and the others are.
    for (let time = 0; time < 3; time++) {
      expect((await ask(other.url, { 'if-none-match': etag })).status).toBe(304);
    }
    expect((await ask(other.url, { 'if-none-match': etag, accept: '*/*' })).status).toBe(304);
    expect((await ask(other.url, { accept: '*/*' })).headers.get('x-cache')).toMatch(/^HIT/);
    expect(images.world.reads).toBe(reads);
    await other[Symbol.asyncDispose]();
  });

  it('have no ETag in answers to HEAD while their format is unknown', async () => {
    images.world.put('app/dev/source', await animation(), { mimeType: 'image/gif' });
    const head = (accept: string) =>
      images.get('/20x20/app/dev/source', { accept }, 'HEAD').then((answer) => answer.headers.get('etag'));
    expect(await head('image/avif')).toBeNull();
    expect(await head('image/webp')).toMatch(/^"/);
  });
});
