import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bmp, heic, icon, square } from '../../../test/images/foreign-images.ts';
import type { ForeignType } from '../transform/kind.ts';
import { detectType } from '../transform/source-type.ts';
import { standInOf } from './stand-in.ts';

const maxPixels = 50_000_000;

/** The colours at four points, each in a quarter of the image. */
async function quartersOf(image: Buffer): Promise<number[][]> {
  const { data, info } = await sharp(image).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].map((x) => {
      const at = channels * (Math.floor(y * height) * width + Math.floor(x * width));
      return [...data.subarray(at, at + 3)];
    }),
  );
}

describe('a stand-in', () => {
  it('of a HEIC is turned once, whatever its EXIF repeats, and keeps Display P3', async () => {
    const image = await standInOf('heic', heic('turned-p3'), maxPixels);
    expect(await sharp(image).metadata()).toMatchObject({ width: 64, height: 96, hasProfile: true });
    expect((await sharp(image).metadata()).orientation).toBeUndefined();
    const [topLeft = [], topRight = []] = await quartersOf(image);
    // Blue above, and red right of it; red of Display P3 is beyond that of sRGB.
    expect(topLeft[2]).toBeGreaterThan(200);
    expect(topRight[0]).toBeGreaterThan(235);
    expect(topRight[1]).toBeLessThan(20);
  });

  it('of a HEIC keeps its transparency', async () => {
    const image = await standInOf('heic', heic('transparent'), maxPixels);
    const { data } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
    expect((await sharp(image).metadata()).channels).toBe(4);
    expect([data[3], data[4 * 60 + 3]]).toEqual([0, 255]);
  });

  it('of an icon is its largest image', async () => {
    const image = await standInOf(
      'ico',
      icon([await square(16), await square(48), await square(32)]),
      maxPixels,
    );
    expect(await sharp(image).metadata()).toMatchObject({
      width: 48,
      height: 48,
      channels: 4,
      format: 'png',
    });
  });

  it('of an icon is an image that the directory lists, whatever is wrong with others', async () => {
    const image = icon([await square(16), await square(32)]);
    image.writeUInt32LE(0xffff_ffff, 6 + 12);
    expect(await sharp(await standInOf('ico', image, maxPixels)).metadata()).toMatchObject({ width: 32 });
  });

  it('of an icon with a PNG is that PNG, with its depth and profile', async () => {
    const create = { width: 32, height: 32, channels: 3, background: '#ff0000' } as const;
    const png = await sharp({ create }).toColourspace('rgb16').withIccProfile('srgb').png().toBuffer();
    expect((await standInOf('ico', icon([png]), maxPixels)).equals(png)).toBe(true);
  });

  it('is made of icons whose reserved byte is 255, too', async () => {
    const image = icon([await square(16)]);
    image[9] = 255;
    expect(detectType(image)).toBe('ico');
  });

  it('of a large image without transparency is a JPEG', async () => {
    const image = await standInOf('bmp', bmp(1600, 1300), maxPixels);
    expect(await sharp(image).metadata()).toMatchObject({ width: 1600, height: 1300, format: 'jpeg' });
    await expect(standInOf('bmp', bmp(1600, 1300), 1_000_000)).rejects.toMatchObject({
      code: 'file/file-too-large',
    });
  });

  it('is refused for files that are damaged, in every way, as such', async () => {
    const hostile: [ForeignType, Buffer][] = [
      ['ico', icon([await square(48)], 0xffff_ffff)],
      ['ico', icon([await square(48)], 0)],
      ['ico', Buffer.from([0, 0, 1, 0, 255, 255, ...Array<number>(64).fill(0)])],
      ['ico', icon([(await square(48)).subarray(0, 60)])],
      ...[20, 60, 200, 400, 700].map((end): [ForeignType, Buffer] => [
        'heic',
        heic('turned-p3').subarray(0, end),
      ]),
      ['heic', Buffer.concat([heic('photo').subarray(0, 24), Buffer.alloc(5_000, 0xff)])],
    ];
    for (const [type, bytes] of hostile)
      await expect(standInOf(type, bytes, maxPixels)).rejects.toMatchObject({ code: 'file/invalid-format' });
    await expect(standInOf('heic', heic('photo'), 100)).rejects.toMatchObject({
      code: 'file/file-too-large',
    });
  });
});
