import { describe, expect, it } from 'vitest';
import { photoKey, sizeOf, useHost } from '../../../test/images/use-host.ts';

const images = useHost();

describe('renditions', () => {
  it('have the best format that Accept names, with Vary for caches', async () => {
    const format = async (accept: string) => {
      const answer = await images.get(`/100x100/${photoKey}`, { accept });
      expect(answer.headers.get('vary')).toBe('Accept');
      return answer.headers.get('content-type');
    };
    expect(await format('image/avif,image/webp,*/*;q=0.8')).toBe('image/avif');
    expect(await format('image/webp,*/*')).toBe('image/webp');
    expect(await format('image/avif;q=0.5,image/webp;q=0.9')).toBe('image/webp');
    expect(await format('image/avif;q=0,image/webp;q=0')).toBe('image/jpeg');
    expect(await format('*/*')).toBe('image/jpeg');
    const named = await images.get(`/100x100/filters:format(png)/${photoKey}`, { accept: 'image/webp' });
    expect(named.headers.get('content-type')).toBe('image/png');
    expect(named.headers.get('vary')).toBeNull();
  });

  it('follow client hints from memory as well', async () => {
    await images.restart({ settings: { clientHints: true } });
    for (const _ of [1, 2]) {
      for (const [dpr, width] of [
        ['1', 100],
        ['2', 200],
      ] as const) {
        const answer = await images.get(`/100x50/${photoKey}`, { 'sec-ch-dpr': dpr });
        expect(await sizeOf(answer)).toMatchObject({ width });
      }
    }
  });

  it('are sent in ranges to GET, and never to HEAD', async () => {
    const head = await images.get(`/150x100/${photoKey}`, { range: 'bytes=0-3' }, 'HEAD');
    expect(head.status).toBe(200);
    const beyond = await images.get(`/150x100/${photoKey}`, { range: 'bytes=9999999-' });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('cache-control')).toBe('no-store');
    const whole = Buffer.from(await (await images.get(`/150x100/${photoKey}`)).arrayBuffer());
    const part = await images.get(`/150x100/${photoKey}`, { range: 'bytes=-5' });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(-5));
  });

  it('may be cached for the maximum age, and must be revalidated then', async () => {
    const answer = await images.get(`/160x100/${photoKey}`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300, must-revalidate');
  });

  it('expire at the instant of expire()', async () => {
    const soon = images.world.now.getTime() + 10_000;
    const answer = await images.get(`/160x100/filters:expire(${soon})/${photoKey}`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=10, must-revalidate');
    expect((await images.get(`/160x100/filters:expire(1000)/${photoKey}`)).status).toBe(404);
  });

  it('are attachments with the name of the file behind ?download, and only there', async () => {
    const dispositionOf = async (url: string) => (await images.get(url)).headers.get('content-disposition');
    const shown = `/160x100/${photoKey}`;
    const own = /^attachment; filename="[^"]+\.jpg"/;
    // By turns, so that neither is answered from what is kept of the other.
    for (let time = 0; time < 3; time += 1) {
      expect(await dispositionOf(shown)).toBeNull();
      expect(await dispositionOf(`${shown}?download`)).toMatch(own);
    }
    expect(await dispositionOf(`${shown}?v=2&download=1`)).toMatch(own);
    expect(await dispositionOf(`${shown}?downloads`)).toBeNull();
    expect(await dispositionOf(`/160x100/filters:attachment(cat.jpg)/${photoKey}?download`)).toContain(
      '"cat.jpg"',
    );
  });

  it('are saved under the name of attachment()', async () => {
    const answer = await images.get(`/160x100/filters:attachment(cat.jpg)/${photoKey}`);
    expect(answer.headers.get('content-disposition')).toContain('attachment; filename="cat.jpg"');
    const own = await images.get(`/160x100/filters:attachment()/${photoKey}`);
    expect(own.headers.get('content-disposition')).toContain('filename="photo.jpg"');
  });

  it('ignore unknown filters, and name them in a header', async () => {
    const answer = await images.get(`/160x100/filters:curve(1):grayscale()/${photoKey}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ignored-filters')).toBe('curve');
  });

  it('follow client hints when those are enabled', async () => {
    const hints = { 'sec-ch-dpr': '2', 'save-data': 'on' };
    expect(await sizeOf(await images.get(`/100x50/${photoKey}`, hints))).toMatchObject({ width: 100 });
    await images.restart({ settings: { clientHints: true } });
    const answer = await images.get(`/100x50/${photoKey}`, hints);
    expect(answer.headers.get('vary')).toBe('Accept, Save-Data, Sec-CH-DPR, Sec-CH-Width');
    expect(await sizeOf(answer)).toMatchObject({ width: 200, height: 100 });
    const wide = await images.get(`/filters:grayscale()/${photoKey}`, { 'sec-ch-width': '320' });
    expect(await sizeOf(wide)).toMatchObject({ width: 350 });
  });

  it('name in Vary the headers that they depend on, and no others', async () => {
    const vary = async (path: string) => (await images.get(path)).headers.get('vary');
    expect(await vary(`/filters:format(webp)/${photoKey}`)).toBeNull();
    expect(await vary(`/meta/${photoKey}`)).toBeNull();
    await images.restart({ settings: { clientHints: true } });
    expect(await vary(`/100x/filters:format(webp)/${photoKey}`)).toBe('Save-Data, Sec-CH-DPR, Sec-CH-Width');
    const thrifty = await images.get(`/100x/${photoKey}`, { 'save-data': 'on' });
    const lavish = await images.get(`/100x/${photoKey}`);
    const said = await images.get(`/100x/filters:quality(90)/${photoKey}`, { 'save-data': 'on' });
    const length = async (answer: Response) => (await answer.arrayBuffer()).byteLength;
    const [few, many, asked] = await Promise.all([thrifty, lavish, said].map(length));
    expect(few).toBeLessThan(many ?? 0);
    expect(asked).toBeGreaterThan(many ?? 0);
    expect(thrifty.headers.get('accept-ch')).toBe('Sec-CH-DPR, Sec-CH-Width');
  });

  it('that cannot be made are answered with no-store', async () => {
    images.world.put('app/dev/broken.jpg', images.photo.subarray(0, 300));
    for (const [path, status] of [
      [`/10x10/filters:quality(0)/${photoKey}`, 400],
      ['/10x10/app/dev/none.jpg', 404],
      ['/10x10/app/dev/broken.jpg', 400],
      ['/app/dev/none.jpg', 404],
      [`/8ammJH8D-7tXy6kU3lTvoXlhu4o=/10x10/${photoKey}`, 403],
    ] as const) {
      const answer = await images.get(path);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'no-store']);
    }
  });
});
