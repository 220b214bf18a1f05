import { defaultLimits } from '@bkend/storage-contract';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { difference } from '../../../test/images/difference.ts';
import { planOf } from '../../../test/images/golden-cases.ts';
import { animation, scenery } from '../../../test/images/sample-images.ts';
import type { Canvas } from './canvas.ts';
import { Original } from './original.ts';
import { render } from './render.ts';
import { inspectSource } from './source.ts';

/** Just large enough for copies, of 182, 328 and 546 columns. */
const [width, height] = [1640, 1232];

/** Shapes with hard edges, and grain as a camera makes it. */
const grained = (async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 15 } as const;
  const grain = sharp({ create: { width, height, channels: 3, background: '#808080', noise } });
  const input = await grain.png({ compressionLevel: 0 }).toBuffer();
  return pixelsOf(sharp(scenery(width, height)).composite([{ input, blend: 'soft-light' }]));
})();

/** Runs a pipeline, so that further operations begin from its result. */
async function pixelsOf(image: Sharp) {
  const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, raw: { width: info.width, height: info.height, channels: info.channels } };
}

async function large(): Promise<Sharp> {
  const { data, raw } = await grained;
  return sharp(data, { raw });
}

/** Turned a quarter to the left, as a camera held upright stores it. */
async function onItsSide(): Promise<Sharp> {
  const { data, raw } = await pixelsOf((await large()).rotate(-90));
  return sharp(data, { raw });
}

const hole = Buffer.from(
  '<svg width="1000" height="800"><circle cx="500" cy="400" r="350" opacity="0.7"/></svg>',
);

const photographs = {
  plain: async () => (await large()).jpeg().toBuffer(),
  progressive: async () => (await large()).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  gray: async () => (await large()).grayscale().jpeg().toBuffer(),
  cmyk: async () => (await large()).toColourspace('cmyk').jpeg().toBuffer(),
  'with a wide profile': async () => (await large()).withIccProfile('p3').jpeg().toBuffer(),
  'stored on its side': async () => (await onItsSide()).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'stored on its side and mirrored': async () =>
    (await onItsSide()).flip().withMetadata({ orientation: 7 }).jpeg().toBuffer(),
  'stored mirrored': async () => (await large()).flop().withMetadata({ orientation: 2 }).jpeg().toBuffer(),
  'partly transparent': async () =>
    (await large())
      .ensureAlpha()
      .composite([{ input: hole, blend: 'dest-out' }])
      .png({ compressionLevel: 1 })
      .toBuffer(),
  'with a palette': async () => (await large()).png({ palette: true, effort: 1 }).toBuffer(),
  WebP: async () => (await large()).webp().toBuffer(),
  AVIF: async () => (await large()).avif({ effort: 0 }).toBuffer(),
} satisfies Record<string, () => Promise<Buffer>>;

/** Just below the size of each copy of a JPEG, and well below. */
const everyKind = ['181x', '100x180/smart'];

const options = [
  ...everyKind,
  '163x',
  '326x',
  '183x',
  '545x',
  'fit-in/530x530',
  '-245x-164/right',
  'stretch/240x240',
  '245x164/filters:focal(1400x170:1560x400)',
  '245x/filters:orient(90)',
  '0.5x0:1x0.5/164x',
  'fit-in/245x245/filters:fill(blur):round_corner(20)',
];

/** An original that records the copies made from it. */
class Watched extends Original {
  readonly made: number[] = [];

  constructor(bytes: Buffer) {
    super(async () => bytes);
  }

  override reducedBy(divisor: number, reduce: () => Promise<Canvas>): Promise<Canvas> {
    return super.reducedBy(divisor, () => {
      this.made.push(divisor);
      return reduce();
    });
  }
}

async function show(original: Original, asked: string): Promise<Buffer> {
  const plan = planOf(`${asked}${asked.includes('filters:') ? ':' : '/filters:'}format(png)`);
  const source = await inspectSource(original, { mimeType: 'image/jpeg', limits: defaultLimits, plan });
  const limits = { maxSide: 8192, maxPixels: 50_000_000 };
  return (await render({ plan, source, overlays: new Map(), accepted: [], limits })).bytes;
}

describe('small sizes of large images', () => {
  it.each(Object.entries(photographs))('look as if the image itself were scaled: %s', async (kind, make) => {
    const bytes = await make();
    const original = new Watched(bytes);
    // There are no copies of this format.
    const whole = await sharp(bytes)
      .autoOrient()
      .toColourspace('srgb')
      .tiff({ compression: 'lzw', predictor: 'horizontal' })
      .toBuffer();
    const beside = new Watched(whole);
    for (const asked of kind === 'plain' ? options : everyKind) {
      const { sameSize, mean, worst } = await difference(
        await show(original, asked),
        await show(beside, asked),
      );
      expect(sameSize, asked).toBe(true);
      expect(mean, asked).toBeLessThan(1.5);
      // Saliency may choose a crop one pixel away.
      if (!asked.includes('smart')) expect(worst, asked).toBeLessThan(8);
    }
    expect(original.made.length).toBeGreaterThan(0);
    expect(beside.made).toEqual([]);
  });

  it.each(['plain', 'partly transparent', 'AVIF'] as const)(
    'have the same bytes whatever was made before: %s',
    async (kind) => {
      const bytes = await photographs[kind]();
      const sizes = kind === 'plain' ? options : everyKind;
      const [forth, back] = [new Watched(bytes), new Watched(bytes)];
      const made = new Map<string, Buffer[]>(sizes.map((asked) => [asked, []]));
      for (const asked of sizes) made.get(asked)?.push(await show(forth, asked));
      for (const asked of sizes.toReversed()) made.get(asked)?.push(await show(back, asked));
      for (const [asked, [one, other]] of made) {
        const alone = await show(new Watched(bytes), asked);
        expect([one?.equals(alone), other?.equals(alone)], asked).toEqual([true, true]);
      }
    },
  );

  it.each([
    ['163x', [9]],
    ['181x', [9]],
    ['183x', [5]],
    ['328x', [5]],
    ['546x', [3]],
    ['547x', []],
    ['0.5x0:1x0.5/164x', []],
  ])('begin, at %s, from the copies %j', async (asked, made) => {
    const original = new Watched(await photographs.plain());
    await show(original, asked);
    expect(original.made).toEqual(made);
  });

  it('begin from one copy where an image is always decoded as a whole', async () => {
    const original = new Watched(await photographs.WebP());
    for (const asked of ['100x', '300x', '546x', '547x']) await show(original, asked);
    expect(original.made).toEqual([3]);
  });

  it.each([
    ['small', () => sharp(scenery(1600, 1200)).jpeg().toBuffer()],
    ['so narrow that a copy would have other proportions', () => sharp(scenery(8000, 280)).jpeg().toBuffer()],
    ['animated', () => animation('webp', width, height)],
    ['of 16 bits', async () => (await large()).toColourspace('rgb16').png().toBuffer()],
  ])('are made from the original itself where it is %s', async (_, make) => {
    const original = new Watched(await make());
    await show(original, '100x');
    expect(original.made).toEqual([]);
  });

  it('refuse a truncated original, as large sizes do', async () => {
    const bytes = await photographs.plain();
    const broken = new Watched(bytes.subarray(0, bytes.length / 2));
    await expect(show(broken, '100x')).rejects.toMatchObject({ code: 'file/invalid-format' });
    await expect(show(broken, '1000x')).rejects.toMatchObject({ code: 'file/invalid-format' });
  });

  // 400 by 300 is the size of a copy, and the size that the image is scaled to in the first case.
  it.each([
    ['300x300/left', 'left'],
    ['-300x300/left', 'left'],
    ['299x299/left', 'left'],
    ['-299x299/left', 'left'],
    ['300x-300/right', 'right'],
    ['-299x-299/right', 'right'],
  ])('cut, at %s, from the %s of the image before it is flipped', async (asked, side) => {
    const halves = `<svg width="2000" height="1500"><rect width="2000" height="1500" fill="#00f"/><rect width="600" height="1500" fill="#f00"/></svg>`;
    const original = new Watched(await sharp(Buffer.from(halves)).jpeg().toBuffer());
    const { channels } = await sharp(await show(original, asked)).stats();
    const [red, , blue] = channels.map(({ mean }) => mean);
    expect({ hasRed: (red ?? 0) > 50, hasBlue: (blue ?? 0) > 50 }).toEqual({
      hasRed: side === 'left',
      hasBlue: true,
    });
  });
});
