import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { coloured, pixelAt, Shown } from './shown.ts';

const shown = new Shown();
afterAll(() => shown[Symbol.asyncDispose]());

const near = (colour: readonly number[], tolerance = 3) =>
  colour.map((value) => expect.toSatisfy((got: number) => Math.abs(got - value) <= tolerance));

const colours = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [128, 64, 32],
] as const;

describe('the colours of an image above 8 bits', () => {
  it.each(['png', 'tiff'] as const)('are those of the same image in 8 bits: %s', async (format) => {
    for (const profile of ['srgb', 'p3', undefined]) {
      for (const colour of colours) {
        const [deep, plain] = await Promise.all(
          ([16, 8] as const).map((depth) =>
            coloured(colour, { format, depth, ...(profile !== undefined && { profile }) }),
          ),
        );
        for (const options of [
          'filters:format(png)',
          '10x10/filters:format(png)',
          'filters:blur(1):format(png)',
        ]) {
          const [got, wanted] = await Promise.all(
            [deep, plain].map((image) => shown.get(image ?? Buffer.alloc(0), `image/${format}`, options)),
          );
          const expected = await pixelAt(wanted ?? Buffer.alloc(0), 5, 5);
          expect(await pixelAt(got ?? Buffer.alloc(0), 5, 5), `${profile} ${colour} ${options}`).toEqual(
            near(expected),
          );
        }
      }
    }
  });

  it('are those of its description as well', async () => {
    const red = await coloured([255, 0, 0], { format: 'png', profile: 'srgb', depth: 16 });
    expect(await shown.meta(red, 'image/png', 'filters:avgcolor()')).toMatchObject({ avgcolor: '#ff0000' });
  });
});

describe('a transparent image in a format without transparency', () => {
  const clear = sharp({ create: { width: 8, height: 8, channels: 4, background: '#ffffff00' } })
    .png()
    .toBuffer();
  const half = sharp({ create: { width: 8, height: 8, channels: 4, background: '#ff000080' } })
    .png()
    .toBuffer();
  const onWhite = async (image: Buffer) =>
    pixelAt(await sharp(image).flatten({ background: '#fff' }).png().toBuffer(), 4, 4);

  it.each(['jpeg', 'png', 'webp', 'avif', 'tiff'])('has white behind it: %s', async (format) => {
    for (const [image, colour] of [
      [await clear, [255, 255, 255]],
      [await half, [255, 127, 127]],
    ] as const) {
      for (const filters of ['', ':brightness(0):crop(0,0,1,1)']) {
        const answer = await shown.get(image, 'image/png', `filters:format(${format})${filters}`);
        expect((await onWhite(answer)).slice(0, 3), `${format}${filters}`).toEqual(near(colour, 6));
      }
    }
  });
});

describe('a transparent border', () => {
  const box = sharp({ create: { width: 40, height: 20, channels: 4, background: 'teal' } })
    .extend({ top: 25, bottom: 35, left: 20, right: 40, background: '#0000' })
    .png()
    .toBuffer();

  it.each([
    ...['trim', 'trim:bottom-right', 'trim:top-left:10', 'filters:trim()', 'filters:trim(0,bottom-right)'],
    ...['filters:trim(10,top-left)', 'filters:brightness(10):trim()'],
  ])('is trimmed by %s', async (options) => {
    const separator = options.includes('filters') ? ':' : '/filters:';
    const answer = await shown.get(await box, 'image/png', `${options}${separator}format(png)`);
    expect(await sharp(answer).metadata()).toMatchObject({ width: 40, height: 20 });
  });

  it.each(['fit-in/100x100/filters:fill(auto)', 'filters:background_color(auto)', 'filters:padding(auto,5)'])(
    'gives no black to %s',
    async (options) => {
      const answer = await shown.get(await box, 'image/png', `${options}:format(png)`);
      expect(await pixelAt(answer, 1, 1)).toEqual([0, 0, 0, 0]);
      const { width, height } = await sharp(answer).metadata();
      expect((await pixelAt(answer, width / 2, height / 2)).slice(0, 3)).toEqual(near([0, 128, 128]));
    },
  );
});

describe('a fourth channel that is no transparency', () => {
  it('hides nothing of a TIFF with a saved selection', async () => {
    const tiff = await sharp({ create: { width: 20, height: 20, channels: 4, background: '#12345600' } })
      .tiff({ compression: 'none' })
      .toBuffer();
    expect(
      await pixelAt(await shown.get(asSelection(tiff), 'image/tiff', '10x10/filters:format(png)'), 5, 5),
    ).toEqual(near([0x12, 0x34, 0x56]));
  });
});

/** The same TIFF whose ExtraSamples are unspecified: 0 instead of 2. */
function asSelection(tiff: Buffer): Buffer {
  const out = Buffer.from(tiff);
  const directory = out.readUInt32LE(4);
  for (let entry = 0; entry < out.readUInt16LE(directory); entry++) {
    const at = directory + 2 + 12 * entry;
    if (out.readUInt16LE(at) === 338) out.writeUInt16LE(0, at + 8);
  }
  return out;
}
