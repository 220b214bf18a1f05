import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { animation, photograph, plain } from '../sample-images.ts';
import { Shown } from './shown.ts';

const shown = new Shown();
afterAll(() => shown[Symbol.asyncDispose]());

const bodyOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** An animation of frames that get brighter, 40 ms each. */
async function brightening(frames: number, width: number, height: number): Promise<Buffer> {
  const images = await Promise.all(
    Array.from({ length: frames }, (_, index) => {
      const value = Math.round((index * 255) / (frames - 1));
      // No two frames are equal: an encoder would join them.
      return plain(
        `rgb(${value},${value},${index % 2 === 0 ? value : Math.max(0, value - 1)})`,
        width,
        height,
      );
    }),
  );
  return sharp(images, { join: { animated: true } })
    .webp({ delay: Array<number>(frames).fill(40), loop: 0, effort: 0, lossless: true })
    .toBuffer();
}

describe('an animation beyond the limits', () => {
  it.each([
    ['of many frames', 400, 40, 30, '20x', 300],
    ['of many pixels', 60, 1280, 720, '32x', 54],
  ])(
    'keeps its duration and loses frames evenly, and says so: %s',
    async (_, frames, width, height, size, kept) => {
      const bytes = await brightening(frames, width, height);
      const answer = await shown.ask(bytes, 'image/webp', `${size}/filters:format(webp):lossless()`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-frames')).toBe(`${kept}/${frames}`);
      const body = await bodyOf(answer);
      const { pages, delay = [] } = await sharp(body).metadata();
      expect(pages).toBe(kept);
      expect(delay.reduce((sum, each) => sum + each, 0)).toBe(frames * 40);
      const brightness = async (page: number) => (await sharp(body, { page }).stats()).channels[0]?.mean ?? 0;
      expect(await brightness(0)).toBeLessThan(5);
      expect(await brightness(kept / 2)).toBeCloseTo(127, -1);
      expect(await brightness(kept - 1)).toBeGreaterThan(248);
      const described = await shown.ask(bytes, 'image/webp', `meta/${size}`);
      expect(described.headers.get('x-frames')).toBe(`${kept}/${frames}`);
      expect(await described.json()).toMatchObject({ pages: frames, target: { frames: kept } });
    },
  );

  it('tells nothing of frames that the URL leaves out, and that a still is one frame', async () => {
    const gif = await animation();
    const framesOf = async (options: string) =>
      (await shown.ask(gif, 'image/gif', options)).headers.get('x-frames');
    expect(await framesOf('20x')).toBeNull();
    expect(await framesOf('20x/filters:max_frames(2)')).toBeNull();
    expect(await framesOf('20x/filters:page(2)')).toBeNull();
    expect(await framesOf('20x/filters:format(jpeg)')).toBe('1/3');
  });
});

describe('an option without effect', () => {
  it.each([
    ['png', '20x/filters:format(png):quality(60)', 'quality'],
    ['png', '20x/filters:nothing():format(gif):quality(60)', 'nothing, quality'],
    ['png', '20x/filters:format(jpeg):lossless()', 'lossless'],
    ['png', '20x/filters:page(3)', 'page'],
    ['png', '20x/filters:format(webp):max_bytes(10)', 'max_bytes'],
    ['gif', 'trim/20x', 'trim'],
    ['gif', '20x/filters:trim(5)', 'trim'],
    ['gif', '20x10/smart', 'smart'],
    ['png', '20x/filters:format(jpeg):quality(60)', null],
    ['gif', '20x/filters:orient(90)', null],
  ])('is named in X-Ignored-Filters, for %s: %s', async (format, options, names) => {
    const bytes = format === 'gif' ? await animation() : await plain('teal', 60, 60);
    for (const _ of [1, 2]) {
      const answer = await shown.ask(bytes, `image/${format}`, options);
      expect([answer.status, answer.headers.get('x-ignored-filters')]).toEqual([200, names]);
    }
  });
});

describe('max_bytes()', () => {
  it.each(['jpeg', 'webp', 'avif', 'png', 'gif'])('is met by %s, and says how', async (format) => {
    const photo = await photograph(400, 300);
    const whole = await bodyOf(await shown.ask(photo, 'image/jpeg', `filters:format(${format})`));
    for (const share of [0.9, 0.75, 0.6]) {
      const limit = Math.floor(whole.length * share);
      const answer = await shown.ask(photo, 'image/jpeg', `filters:format(${format}):max_bytes(${limit})`);
      expect(answer.headers.get('x-max-bytes'), `${format} ${limit}`).toMatch(/^met; (quality|colours)=\d+$/);
      const { length } = await bodyOf(answer);
      expect(length).toBeLessThanOrEqual(limit);
      // Colours halve from one level to the next.
      if (format !== 'png' && format !== 'gif')
        expect(length, `${format} ${share}`).toBeGreaterThan(0.7 * limit);
    }
  });

  it('says when nothing is small enough, and sends the smallest', async () => {
    const photo = await photograph(400, 300);
    const answer = await shown.ask(photo, 'image/jpeg', 'filters:format(jpeg):max_bytes(10)');
    expect(answer.headers.get('x-max-bytes')).toBe('exceeded; quality=5');
    expect(answer.headers.get('x-ignored-filters')).toBe('max_bytes');
  });
});

describe('quality() of a PNG', () => {
  it('costs no more than a plain PNG', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const;
    const image = await sharp({ create: { width: 700, height: 500, channels: 3, background: '#000', noise } })
      .png()
      .toBuffer();
    const cpuOf = async (options: string) => {
      const before = process.cpuUsage();
      await shown.get(image, 'image/png', options);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await cpuOf('filters:format(png):blur(1)');
    const plainCpu = await cpuOf('filters:format(png)');
    expect(await cpuOf('filters:format(png):quality(60)')).toBeLessThan(3 * plainCpu);
  });
});
