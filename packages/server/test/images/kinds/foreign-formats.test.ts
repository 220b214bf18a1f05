import { describe, expect, it } from 'vitest';
import { bmp, heic, icon, square } from '../foreign-images.ts';
import { sizeOf, useHost } from '../use-host.ts';

const images = useHost();
const samples: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  'photo.heic': () => heic('photo'),
  'turned-p3.heic': () => heic('turned-p3'),
  'transparent.heic': () => heic('transparent'),
  'photo.bmp': () => bmp(60, 40),
  'photo.ico': async () => icon([await square(16), await square(40)]),
};
const sample = async (name: string) => (await samples[name]?.()) ?? Buffer.alloc(0);

describe('images that libvips does not read', () => {
  it.each([
    ['photo.heic', 'image/heic', 'jpeg'],
    ['turned-p3.heic', 'image/heif', 'jpeg'],
    ['transparent.heic', 'image/heic', 'png'],
    ['photo.bmp', 'image/bmp', 'jpeg'],
    ['photo.ico', 'image/x-icon', 'png'],
  ])('are shown, fetched once for all sizes, and described: %s', async (name, mimeType, format) => {
    const key = `app/dev/${name}`;
    images.world.put(key, await sample(name), { mimeType });
    const [first, second] = await Promise.all([images.get(`/8x8/${key}`), images.get(`/6x6/${key}`)]);
    expect(await sizeOf(first)).toEqual({ width: 8, height: 8, format });
    expect(await sizeOf(second)).toEqual({ width: 6, height: 6, format });
    expect((await images.get(`/4x4/filters:format(webp)/${key}`)).headers.get('content-type')).toBe(
      'image/webp',
    );
    const meta = await (await images.get(`/meta/${key}`)).json();
    expect(meta).toMatchObject({ format: name.split('.').at(-1), orientation: 1, pages: 1 });
    expect(images.world.reads).toBe(1);
  });

  it('can be marks, and are rendered in a renderer as well', async () => {
    images.world.put('app/dev/mark.ico', await sample('photo.ico'), { mimeType: 'image/x-icon' });
    images.world.put('app/dev/photo.heic', await sample('photo.heic'), { mimeType: 'image/heic' });
    const marked = await images.get('/50x40/filters:watermark(app/dev/mark.ico,0,0,0)/app/dev/photo.heic');
    expect(marked.status).toBe(200);
    const large = '/stretch/2400x2400/filters:upscale():blur(20):noise(9):format(webp)/app/dev/photo.heic';
    const rendered = await images.get(large);
    expect(await sizeOf(rendered)).toMatchObject({ width: 2400, height: 2400 });
  });

  it('are refused as damaged where they are', async () => {
    for (const name of ['photo.heic', 'photo.bmp']) {
      const key = `app/dev/cut-${name}`;
      const bytes = await sample(name);
      images.world.put(key, bytes.subarray(0, bytes.length / 2), { mimeType: `image/${name.split('.')[1]}` });
      const answer = await images.get(`/8x8/${key}`);
      expect(answer.status, name).toBe(400);
      expect((await answer.json()).error.code).toBe('file/invalid-format');
    }
  });
});
