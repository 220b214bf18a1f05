import { describe, expect, it } from 'vitest';
import { scenery } from '../../../test/images/sample-images.ts';
import { photoKey, useHost } from '../../../test/images/use-host.ts';

const images = useHost();

describe('originals', () => {
  it('are sent unchanged', async () => {
    const answer = await images.get(`/${photoKey}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(images.photo);
  });

  it('are sent in ranges, and by If-Range of the requested version only', async () => {
    const part = await images.get(`/${photoKey}`, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 10-19/${images.photo.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(images.photo.subarray(10, 20));
    expect((await images.get(`/${photoKey}`, { range: 'bytes=10-19', 'if-range': '"other"' })).status).toBe(
      200,
    );
    expect((await images.get(`/${photoKey}`, { range: `bytes=${images.photo.length}-` })).status).toBe(416);
  });

  it('are read neither for clients with a current copy, nor for HEAD', async () => {
    const head = await images.get(`/${photoKey}`, { range: 'bytes=0-3' }, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(images.photo.length));
    const etag = head.headers.get('etag') ?? '';
    for (const tags of [etag, `"x", W/${etag}`, '*']) {
      const answer = await images.get(`/${photoKey}`, { 'if-none-match': tags });
      expect(answer.status).toBe(304);
      expect(answer.headers.get('cache-control')).toContain('max-age');
    }
    expect(images.world.reads).toBe(0);
    expect((await images.get(`/${photoKey}`, { 'if-none-match': '"other", W/"another"' })).status).toBe(200);
    expect((await images.get('/app/dev/none.jpg', { 'if-none-match': '*' })).status).toBe(404);
  });

  it('are refused with 412 when If-Match names another version, and not read for that', async () => {
    const etag = (await images.get(`/${photoKey}`, {}, 'HEAD')).headers.get('etag') ?? '';
    for (const [tags, status] of [
      ['"other"', 412],
      [`W/${etag}`, 412],
      ['', 412],
    ] as const) {
      const answer = await images.get(`/${photoKey}`, { 'if-match': tags, 'if-none-match': etag });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'no-store']);
    }
    expect(images.world.reads).toBe(0);
    for (const tags of [etag, `"other", ${etag}`, '*']) {
      expect((await images.get(`/${photoKey}`, { 'if-match': tags })).status).toBe(200);
    }
    expect((await images.get(`/${photoKey}`, { 'if-match': etag, 'if-none-match': etag })).status).toBe(304);
  });

  it('have headers of the images service alone, and none of the store', async () => {
    const answer = await images.get(`/${photoKey}`, { connection: 'close' });
    expect(
      [...answer.headers.keys()].filter((name) => !['connection', 'date'].includes(name)).sort(),
    ).toEqual([
      ...[
        'accept-ranges',
        'access-control-allow-origin',
        'cache-control',
        'content-disposition',
        'content-length',
      ],
      ...['content-security-policy', 'content-type', 'cross-origin-resource-policy', 'etag'],
      ...['x-content-type-options', 'x-request-id'],
    ]);
  });

  it('are attachments with the name of the file behind ?download', async () => {
    const shown = await images.get(`/${photoKey}`);
    expect(shown.headers.get('content-disposition')).toMatch(/^inline/);
    for (const method of ['GET', 'HEAD']) {
      const saved = await images.get(`/${photoKey}?download`, {}, method);
      expect(saved.headers.get('content-disposition')).toMatch(/^attachment; filename="[^"]+\.jpg"/);
    }
  });

  it('are attachments when their type can run scripts', async () => {
    images.world.put('app/dev/a.svg', scenery(), { mimeType: 'image/svg+xml' });
    const answer = await images.get('/app/dev/a.svg');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});
