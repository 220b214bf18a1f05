import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { animation, plain, quarters } from '../sample-images.ts';
import { pixelAt, Shown, sizeOf } from './shown.ts';

const shown = new Shown();
afterAll(() => shown[Symbol.asyncDispose]());

const png = 'image/png';

/** The corner of an image that is red in its upper left quarter. */
async function redCorner(image: Buffer): Promise<string> {
  const { width, height } = await sharp(image).metadata();
  const corners = { 'top left': [2, 2], 'top right': [width - 3, 2], 'bottom left': [2, height - 3] };
  for (const [name, [x = 0, y = 0]] of Object.entries(corners)) {
    const [r = 0, g = 0, b = 0] = await pixelAt(image, x, y);
    if (r > 200 && g < 60 && b < 60) return name;
  }
  return 'bottom right';
}

describe('a quarter turn', () => {
  const image = sharp(quarters(80, 60)).png().toBuffer();

  it.each([
    ['90', 'bottom left'],
    ['180', 'bottom right'],
    ['270', 'top right'],
    ['-90', 'top right'],
  ])('by %s degrees is counter-clockwise, as with Thumbor and imagor', async (degrees, corner) => {
    for (const filter of ['rotate', 'orient']) {
      const answer = await shown.get(await image, png, `filters:${filter}(${degrees}):format(png)`);
      expect(await redCorner(answer), filter).toBe(corner);
    }
  });

  it.each(['60x', '-60x', '60x-', '40x40/left', '10x10:60x50/30x', 'fit-in/50x50/filters:fill(red)'])(
    'turns the frames of an animation as it turns a still: %s',
    async (options) => {
      const still = await sharp(quarters(80, 60)).png().toBuffer();
      const moving = await sharp([still, await sharp(still).negate().png().toBuffer()], {
        join: { animated: true },
      })
        .webp({ lossless: true, delay: [100, 200] })
        .toBuffer();
      for (const degrees of [90, 180, 270]) {
        const suffix = `${options.includes('filters:') ? ':' : '/filters:'}orient(${degrees})`;
        const one = await shown.get(still, png, `${options}${suffix}:format(png)`);
        const first = await shown.get(moving, 'image/webp', `${options}${suffix}:format(webp):lossless()`);
        expect(await sizeOf(first), suffix).toBe(await sizeOf(one));
        const [a, b] = await Promise.all(
          [one, first].map((each) => sharp(each).removeAlpha().raw().toBuffer()),
        );
        const distance = a?.reduce((sum, value, at) => sum + Math.abs(value - (b?.[at] ?? 0)), 0) ?? 1e9;
        expect(distance / (a?.length ?? 1), suffix).toBeLessThan(6);
      }
    },
  );
});

describe('a size that is half a pixel', () => {
  it.each([
    [200, 101, 'fit-in/100x100', '100x51'],
    [200, 103, 'fit-in/100x100', '100x52'],
    [101, 200, 'fit-in/100x100', '51x100'],
    [400, 6, 'fit-in/100x100', '100x2'],
    [200, 101, 'full-fit-in/100x20', '100x51'],
    [200, 101, 'adaptive-fit-in/100x100', '100x51'],
  ])('is rounded up where %ix%i fits in, as with Thumbor: %s', async (width, height, options, size) => {
    expect(await sizeOf(await shown.get(await plain('red', width, height), png, options))).toBe(size);
  });
});

describe('a repeated watermark', () => {
  it('covers the whole image, however small it is', async () => {
    const image = await plain('white', 1600, 900);
    for (const side of [1, 16, 23]) {
      const mark = await plain('red', side, side);
      const answer = await shown.marked(image, mark, 'repeat,repeat,0');
      for (const [x, y] of [
        [0, 0],
        [799, 450],
        [801, 801],
        [1599, 899],
        [0, 899],
        [1599, 0],
      ] as const) {
        expect(await pixelAt(answer, x, y), `${side} at ${x},${y}`).toEqual([255, 0, 0]);
      }
    }
  });

  it('covers one row alone where it is repeated across', async () => {
    const answer = await shown.marked(
      await plain('white', 1600, 90),
      await plain('red', 7, 9),
      'repeat,-10,0',
    );
    expect(
      await Promise.all(
        [
          [1599, 72],
          [1599, 70],
          [1599, 79],
          [1599, 80],
        ].map(([x = 0, y = 0]) => pixelAt(answer, x, y)),
      ),
    ).toEqual([
      [255, 0, 0],
      [255, 255, 255],
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });
});

describe('a page of a document', () => {
  const sizes = [
    [160, 100],
    [60, 200],
    [300, 30],
  ] as const;

  it('has its own size, crops and description', async () => {
    const tiff = await pagesTiff();
    for (const [index, [width, height]] of sizes.entries()) {
      const page = `filters:page(${index + 1})`;
      expect(await sizeOf(await shown.get(tiff, 'image/tiff', `${page}:format(png)`)), page).toBe(
        `${width}x${height}`,
      );
      expect(await shown.meta(tiff, 'image/tiff', page)).toMatchObject({ width, height, pages: 3 });
    }
    const fitted = await shown.get(tiff, 'image/tiff', 'fit-in/100x100/filters:page(2):format(png)');
    expect(await sizeOf(fitted)).toBe('30x100');
  });

  /** Pages of a TIFF, one file behind the other, each directory pointing to the next. */
  async function pagesTiff(): Promise<Buffer> {
    const files = await Promise.all(
      sizes.map(async ([width, height]) =>
        sharp(await plain('red', width, height))
          .tiff({ compression: 'none' })
          .toBuffer(),
      ),
    );
    return files.reduce((before, file) => {
      const base = before.length;
      const moved = moveTiff(file, base);
      const out = Buffer.concat([before, moved]);
      let directory = out.readUInt32LE(4);
      let end = directory + 2 + 12 * out.readUInt16LE(directory);
      while (out.readUInt32LE(end) !== 0) {
        directory = out.readUInt32LE(end);
        end = directory + 2 + 12 * out.readUInt16LE(directory);
      }
      out.writeUInt32LE(base + file.readUInt32LE(4), end);
      return out;
    });
  }

  /** A TIFF of one page whose offsets count from `base` bytes before it. */
  function moveTiff(file: Buffer, base: number): Buffer {
    const out = Buffer.from(file);
    const directory = out.readUInt32LE(4);
    const bytesOf: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 };
    for (let entry = 0; entry < out.readUInt16LE(directory); entry++) {
      const at = directory + 2 + 12 * entry;
      const [tag, type, count] = [out.readUInt16LE(at), out.readUInt16LE(at + 2), out.readUInt32LE(at + 4)];
      const isOffset = (bytesOf[type] ?? 1) * count > 4;
      if (isOffset) out.writeUInt32LE(out.readUInt32LE(at + 8) + base, at + 8);
      if (tag !== 273) continue;
      // StripOffsets: one in the entry, or a list of LONGs behind the offset.
      if (!isOffset) out.writeUInt32LE(out.readUInt32LE(at + 8) + base, at + 8);
      else
        for (let strip = 0; strip < count; strip++) {
          const where = out.readUInt32LE(at + 8) - base + 4 * strip;
          out.writeUInt32LE(out.readUInt32LE(where) + base, where);
        }
    }
    return out;
  }
});

describe('meta/', () => {
  it.each([
    ['fit-in/60x60', { width: 60, height: 40, frames: 1 }],
    ['60x60/filters:rotate(90):padding(red,5)', { width: 70, height: 70, frames: 1 }],
    ['fit-in/60x60/filters:fill(red):crop(0,0,0.5,0.5)', { width: 30, height: 30, frames: 1 }],
    ['trim/filters:proportion(0.5)', { width: 60, height: 40, frames: 1 }],
  ])('tells the size that %s makes of the image', async (options, target) => {
    const image = await sharp(quarters(120, 80)).png().toBuffer();
    expect(await shown.meta(image, png, options)).toMatchObject({ width: 120, height: 80, target });
    expect(await sizeOf(await shown.get(image, png, options))).toBe(`${target.width}x${target.height}`);
  });

  it('tells the frames of an animation', async () => {
    expect(await shown.meta(await animation(), 'image/gif', '60x')).toMatchObject({
      pages: 3,
      target: { frames: 3 },
    });
  });
});
