import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { endlessSvgs } from '../../../test/images/hostile.ts';
import { animation, plain, scenery } from '../../../test/images/sample-images.ts';
import { photoKey, useHost } from '../../../test/images/use-host.ts';

const images = useHost();

describe('renditions', () => {
  it('are refused for wrong options, each of which is named', async () => {
    const answer = await images.get(`/160x100/filters:quality(0):blur(x)/${photoKey}`);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as {
      error: { code: string; details: { issues: { field: string }[] } };
    };
    expect(error.code).toBe('common/invalid-parameters');
    expect(error.details.issues.map(({ field }) => field)).toEqual(['filters.quality', 'filters.blur']);
  });

  it('are refused with Retry-After when the queue is full', async () => {
    await images.restart({ settings: { maxQueued: 1 } });
    let release = () => {};
    images.world.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = Array.from({ length: 30 }, (_, index) => images.get(`/${200 + index}x100/${photoKey}`));
    const refused = await Promise.any(
      asked.map(async (promise) => {
        const answer = await promise;
        if (answer.status !== 503) throw new Error('served');
        return answer;
      }),
    );
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    release();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
  });
});

describe('an image that cannot be rendered', () => {
  it.each([
    ['text', Buffer.from('hello, this is no image at all'), 'image/jpeg', 400],
    ['an SVG with the type of a PNG', scenery(), 'image/png', 400],
    ['a PDF', Buffer.from('%PDF-1.4 and so on and on'), 'application/pdf', 415],
    ['nothing', Buffer.alloc(0), 'image/png', 400],
  ])('is refused: %s', async (_, bytes, mimeType, status) => {
    images.world.put('app/dev/x', bytes, { mimeType });
    expect((await images.get('/10x10/app/dev/x')).status).toBe(status);
  });

  it('is refused before it is decoded when it has too many pixels', async () => {
    await images.restart({ limits: { maxSourceImagePixels: 1_000_000 } });
    images.world.put('app/dev/big.png', await plain('#123456', 2000, 1000), { mimeType: 'image/png' });
    const answer = await images.get('/10x10/app/dev/big.png');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'file/file-too-large' } });
  });

  it('is not decoded again within seconds', async () => {
    const broken = images.photo.subarray(0, 400);
    images.world.put('app/dev/broken.jpg', broken);
    expect((await images.get('/10x10/app/dev/broken.jpg')).status).toBe(400);
    const reads = images.world.reads;
    expect((await images.get('/10x10/app/dev/broken.jpg')).status).toBe(400);
    expect(images.world.reads).toBe(reads);
  });

  it('is requested with another method than GET and HEAD', async () => {
    const answer = await images.get(`/10x10/${photoKey}`, {}, 'POST');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('a rendition that would exceed the limits', () => {
  it.each([
    '/fit-in/8000x8000/filters:fill(red)/app/dev/a.gif',
    '/8000x8000/filters:upscale()/app/dev/a.gif',
    '/stretch/8000x8000/filters:upscale():blur(2)/app/dev/a.gif',
  ])('is as large as the limits allow: %s', async (path) => {
    await images.restart({ limits: { maxSourceImagePixels: 300_000 } });
    images.world.put('app/dev/a.gif', await animation(), { mimeType: 'image/gif' });
    const answer = await images.get(path);
    expect(answer.status).toBe(200);
    const { width, height, pages = 1 } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect(width * height * pages).toBeLessThanOrEqual(300_000);
    expect(width * height * pages).toBeGreaterThan(280_000);
  });

  it('is refused for padding beyond the limits', async () => {
    expect((await images.get(`/100x100/filters:padding(red,90000)/${photoKey}`)).status).toBe(400);
    expect((await images.get(`/100x100/9000x9000/${photoKey}`)).status).toBe(400);
  });
});

describe('a client that goes away', () => {
  it('leaves no image in the queues, and ends those being rendered', async () => {
    const mimeType = 'image/svg+xml';
    const [endless = Buffer.alloc(0)] = Object.values(endlessSvgs());
    images.world.put('app/dev/endless.svg', endless, { mimeType });
    images.world.put('app/dev/plain.svg', scenery(), { mimeType });
    expect((await images.get('/40x40/app/dev/plain.svg')).status).toBe(200);
    const gone = new AbortController();
    const left = Array.from({ length: 8 }, (_, index) =>
      images
        .get(`/${100 + index}x100/app/dev/endless.svg`, {}, { signal: gone.signal })
        .catch(() => undefined),
    );
    await expect.poll(() => images.world.reads).toBeGreaterThan(1);
    gone.abort();
    await Promise.all(left);
    const start = performance.now();
    expect((await images.get('/50x50/app/dev/plain.svg')).status).toBe(200);
    // One endless image alone would take its budget of 4.5 s.
    expect(performance.now() - start).toBeLessThan(4_000);
  }, 20_000);
});
