import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits } from '@bkend/storage-contract';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { difference } from '../../../test/images/difference.ts';
import { goldenCases, goldenName, planOf, renderCase, sources } from '../../../test/images/golden-cases.ts';
import { photograph, turned } from '../../../test/images/sample-images.ts';
import { Original } from './original.ts';
import { render } from './render.ts';
import { inspectSource } from './source.ts';

const directory = join(import.meta.dirname, '../../../test/images/golden');

describe('a rendition', () => {
  it.each(goldenCases)('of %s as %s looks like its golden image', async (source, options) => {
    const { bytes } = await renderCase([source, options]);
    const golden = await readFile(join(directory, goldenName([source, options])));
    const { sameSize, mean, worst } = await difference(bytes, golden);
    expect(sameSize).toBe(true);
    expect(mean).toBeLessThan(1.5);
    expect(worst).toBeLessThan(8);
  });

  it('is compared closely enough to find a difference that is just noticeable', async () => {
    const [one, other] = await Promise.all([
      renderCase(['photo', '120x/filters:format(png)']),
      renderCase(['photo', '120x/filters:format(png):hue(15)']),
    ]);
    expect((await difference(one.bytes, other.bytes)).mean).toBeGreaterThan(1.5);
  });

  it('shows all of an image that is too small to be trimmed', async () => {
    const bytes = await sharp({ create: { width: 2, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const plan = planOf('trim/filters:trim(5)');
    const source = await inspectSource(new Original(async () => bytes), {
      mimeType: 'image/png',
      limits: defaultLimits,
      plan,
    });
    const limits = { maxSide: 8192, maxPixels: 50_000_000 };
    const shown = await render({ plan, source, overlays: new Map(), accepted: [], limits });
    expect(await sharp(shown.bytes).metadata()).toMatchObject({ width: 2, height: 9 });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'shows an image upright that is stored by EXIF orientation %i',
    async (orientation) => {
      const source = await inspectSource(new Original(() => turned(orientation)), {
        mimeType: 'image/jpeg',
        limits: defaultLimits,
        plan: {},
      });
      expect(source.size).toEqual({ width: 80, height: 60 });
      const plan = planOf('40x30/filters:format(png)');
      const { bytes } = await render({
        plan,
        source,
        overlays: new Map(),
        accepted: [],
        limits: { maxSide: 8192, maxPixels: 50_000_000 },
      });
      const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 40, height: 30 });
      const colour = (x: number, y: number) =>
        [0, 1, 2].map((c) => ((data[(y * 40 + x) * info.channels + c] ?? 0) > 127 ? 1 : 0));
      expect([colour(8, 6), colour(32, 6), colour(8, 24), colour(32, 24)]).toEqual([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 1],
      ]);
    },
  );

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('leaves no metadata in %s', async (format) => {
    const withMetadata = await sharp(await photograph(160, 120))
      .withExif({ IFD0: { Copyright: 'a photographer', ImageDescription: 'where I live' } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const source = await inspectSource(new Original(async () => withMetadata), {
      mimeType: 'image/jpeg',
      limits: defaultLimits,
      plan: {},
    });
    const plan = planOf(`100x/filters:format(${format})`);
    const { bytes } = await render({
      plan,
      source,
      overlays: new Map(),
      accepted: [],
      limits: { maxSide: 8192, maxPixels: 50_000_000 },
    });
    const { exif, icc, xmp, iptc } = await sharp(bytes).metadata();
    expect({ exif, icc, xmp, iptc }).toEqual({});
    expect(bytes.includes('where I live')).toBe(false);
  });

  it('shows the colours of a wide profile as those of sRGB', async () => {
    const [wide, narrow] = await Promise.all([
      renderCase(['wide', '100x/filters:format(png)']),
      renderCase(['drawing', '100x/filters:format(png)']),
    ]);
    expect((await difference(wide.bytes, narrow.bytes)).mean).toBeLessThan(3);
  });

  it('stays within the bytes of max_bytes()', async () => {
    const { bytes } = await renderCase(['photo', '120x/filters:max_bytes(1500)']);
    expect(bytes.length).toBeLessThanOrEqual(1500);
  });

  it('applies its steps in the order of the URL', async () => {
    const [one, other] = await Promise.all([
      renderCase(['photo', 'fit-in/60x60/filters:fill(red):grayscale():format(png)']),
      renderCase(['photo', 'fit-in/60x60/filters:grayscale():fill(red):format(png)']),
    ]);
    const corner = async (image: Buffer) => [...(await sharp(image).raw().toBuffer()).subarray(0, 3)];
    expect(await corner(one.bytes)).toEqual([
      expect.closeTo(54, -1),
      expect.closeTo(54, -1),
      expect.closeTo(54, -1),
    ]);
    expect(await corner(other.bytes)).toEqual([255, 0, 0]);
  });

  it('has its label at the position of the URL', async () => {
    const label = 'label(HHHH,left,top,40,white)';
    const [without, labelled] = await Promise.all([
      renderCase(['photo', '200x/filters:format(png)']),
      renderCase(['photo', `200x/filters:${label}:format(png)`]),
    ]);
    const half = (image: Buffer, top: number) =>
      sharp(image).extract({ left: 0, top, width: 200, height: 75 }).png().toBuffer();
    const upper = await difference(await half(without.bytes, 0), await half(labelled.bytes, 0));
    const lower = await difference(await half(without.bytes, 75), await half(labelled.bytes, 75));
    expect(upper.mean).toBeGreaterThan(5);
    expect(lower.mean).toBe(0);
  });

  it('is WebP instead of AVIF where AVIF would take too long', async () => {
    const big = await sharp({ create: { width: 2000, height: 1500, channels: 3, background: '#777777' } })
      .jpeg()
      .toBuffer();
    const source = await inspectSource(new Original(async () => big), {
      mimeType: 'image/jpeg',
      limits: defaultLimits,
      plan: {},
    });
    const input = { source, overlays: new Map(), limits: { maxSide: 8192, maxPixels: 50_000_000 } };
    const large = await render({ ...input, plan: planOf('1900x1400'), accepted: ['avif', 'webp'] });
    const small = await render({ ...input, plan: planOf('190x140'), accepted: ['avif', 'webp'] });
    expect([large.contentType, small.contentType]).toEqual(['image/webp', 'image/avif']);
  });

  it('is tested on every source', () => {
    expect(new Set(goldenCases.map(([source]) => source))).toEqual(new Set(Object.keys(sources)));
  });
});
