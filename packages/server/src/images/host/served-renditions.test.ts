import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { startHost } from '../../../test/images/running-host.ts';
import { animation, logo } from '../../../test/images/sample-images.ts';
import { photoKey, sizeOf, useHost } from '../../../test/images/use-host.ts';

const images = useHost();

describe('renditions', () => {
  it.each([
    ['/fit-in/300x300', 300, 225],
    ['/300x200', 300, 200],
    ['/300x200/smart', 300, 200],
    ['/300x', 300, 225],
    ['/x300', 400, 300],
    ['/unsafe/fit-in/300x300', 300, 225],
    ['/fit-in/2000x2000', 800, 600],
    ['/2000x100', 800, 100],
  ])('of %s are %i by %i', async (options, width, height) => {
    const answer = await images.get(`${options}/${photoKey}`);
    expect(answer.status).toBe(200);
    expect(await sizeOf(answer)).toEqual({ width, height, format: 'jpeg' });
  });

  it('are made once, and found in memory and, after a restart, on disk', async () => {
    const { cacheDirectory } = images.host;
    const first = await images.get(`/120x100/${photoKey}`);
    expect(first.headers.get('x-cache')).toBe('MISS');
    const second = await images.get(`/unsafe/120x100/center/middle/filters:strip_exif()/${photoKey}`);
    expect(second.headers.get('x-cache')).toBe('HIT, memory');
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    await expect.poll(() => readdir(cacheDirectory, { recursive: true })).toHaveLength(3);
    const other = await startHost(images.world, { cacheDirectory });
    const third = await fetch(`${other.url}/120x100/${photoKey}`);
    expect(third.headers.get('x-cache')).toBe('HIT, disk');
    expect(await third.arrayBuffer()).toEqual(await first.arrayBuffer());
    await other[Symbol.asyncDispose]();
  });

  it('are made once for 64 concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, () => images.get(`/130x100/${photoKey}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(64).fill(200));
    expect(images.world.reads).toBe(1);
  });

  it('are made neither for clients with a current copy, nor for HEAD', async () => {
    const head = await images.get(`/140x100/${photoKey}`, {}, 'HEAD');
    const etag = head.headers.get('etag') ?? '';
    expect(head.status).toBe(200);
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    for (const tags of [etag, `"x", W/${etag}`, '*']) {
      const answer = await images.get(`/140x100/${photoKey}`, { 'if-none-match': tags });
      expect(answer.status).toBe(304);
      expect(answer.headers.get('cache-control')).toContain('max-age');
    }
    expect(images.world.reads).toBe(0);
    expect(
      (await images.get(`/140x100/${photoKey}`, { 'if-none-match': '"other"' })).headers.get('etag'),
    ).toBe(etag);
  });

  it('are refused with 412 when If-Match names another rendition, made or in memory', async () => {
    const path = `/142x100/${photoKey}`;
    const etag = (await images.get(path, {}, 'HEAD')).headers.get('etag') ?? '';
    expect((await images.get(path, { 'if-match': '"other"' })).status).toBe(412);
    expect(images.world.reads).toBe(0);
    for (const _ of ['made', 'from memory']) {
      expect((await images.get(path, { 'if-match': etag })).status).toBe(200);
      expect((await images.get(path, { 'if-match': `W/${etag}` })).status).toBe(412);
      expect((await images.get(path, { 'if-match': '*', 'if-none-match': etag })).status).toBe(304);
    }
    const other = await images.get(path, { 'if-match': etag, accept: 'image/webp' });
    expect(other.status).toBe(412);
  });

  it('are answered from memory, to each client with its own format, range and condition', async () => {
    const atOnce = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await images.get(path, headers);
      await answer.arrayBuffer();
      await expect.poll(() => images.world.answered.length).toBe(++answers);
      return {
        atOnce: images.world.answered.at(-1)?.atOnce,
        type: answer.headers.get('content-type'),
        answer,
      };
    };
    let answers = 0;
    const path = `/145x100/${photoKey}`;
    const webp = { accept: 'image/webp' };
    expect(await atOnce(path)).toMatchObject({ atOnce: false, type: 'image/jpeg' });
    expect(await atOnce(path, webp)).toMatchObject({ atOnce: false, type: 'image/webp' });
    expect(await atOnce(path)).toMatchObject({ atOnce: true, type: 'image/jpeg' });
    const { answer, ...rest } = await atOnce(path, webp);
    expect(rest).toEqual({ atOnce: true, type: 'image/webp' });
    expect(answer.headers.get('vary')).toBe('Accept');
    const etag = answer.headers.get('etag') ?? '';
    const unchanged = await atOnce(path, { ...webp, 'if-none-match': etag });
    expect([unchanged.answer.status, unchanged.atOnce]).toEqual([304, true]);
    const part = await atOnce(path, { ...webp, range: 'bytes=0-3' });
    expect([part.answer.status, part.atOnce]).toEqual([206, true]);
  });

  it('leave memory on a notification of their original or of an overlay', async () => {
    images.world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
    const path = `/200x/filters:watermark(app/dev/logo.png,0,0,0)/${photoKey}`;
    const etags = new Set<string | null>();
    for (const changed of ['app/dev/logo.png', photoKey]) {
      for (const cached of ['MISS', 'HIT, memory']) {
        const answer = await images.get(path);
        expect(answer.headers.get('x-cache')).toBe(cached);
        etags.add(answer.headers.get('etag'));
        await answer.arrayBuffer();
      }
      images.world.change(changed, { etag: `changed ${changed}` });
      images.world.tell(changed);
    }
    expect((await images.get(path)).headers.get('x-cache')).toBe('MISS');
    expect(etags.size).toBe(2);
    images.world.change('app/dev/logo.png', { visibility: 'private' });
    images.world.tell('app/dev/logo.png');
    expect((await images.get(path)).status).toBe(400);
  });

  it('have overlays of public files, and of no others', async () => {
    images.world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
    images.world.put('app/dev/secret.png', await logo(), { mimeType: 'image/png', visibility: 'private' });
    const answer = await images.get(`/200x/filters:watermark(app/dev/logo.png,0,0,0)/${photoKey}`);
    const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (60 * info.width + 60) * info.channels;
    expect(data[at]).toBeGreaterThan(200);
    expect(data[at + 1]).toBeLessThan(40);
    expect((await images.get(`/200x/filters:watermark(app/dev/secret.png,0,0,0)/${photoKey}`)).status).toBe(
      400,
    );
    expect((await images.get(`/200x/filters:watermark(app/dev/none.png,0,0,0)/${photoKey}`)).status).toBe(
      400,
    );
  });

  it('of animations are animated', async () => {
    images.world.put('app/dev/a.gif', await animation(), { mimeType: 'image/gif' });
    const answer = await images.get('/60x60/app/dev/a.gif', { accept: 'image/avif,image/webp' });
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({
      pages: 3,
      delay: [100, 200, 300],
    });
  });

  it('of meta URLs are descriptions in JSON', async () => {
    const answer = await images.get(`/meta/filters:blurhash(4,3):thumbhash():avgcolor()/${photoKey}`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toMatchObject({
      format: 'jpeg',
      width: 800,
      height: 600,
      pages: 1,
      size: images.photo.length,
      blurhash: expect.stringMatching(/^L/),
      thumbhash: expect.any(String),
      avgcolor: expect.stringMatching(/^#[0-9a-f]{6}$/),
    });
  });
});
