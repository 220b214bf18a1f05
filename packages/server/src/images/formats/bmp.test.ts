import { describe, expect, it } from 'vitest';
import { BitmapError, BitmapTooLarge, decodeBmp, decodeIconBitmap } from './bmp.ts';

const limits = { maxPixels: 1_000_000 };
const [red, green, blue, white] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const;
/** Red and green above blue and white, three of each in a row, so that rows have bytes of alignment. */
const upper = [red, red, red, green, green, green];
const lower = [blue, blue, blue, white, white, white];
const shown = Buffer.from([...upper, ...lower].flat());
const palette = [red, green, blue, white];

interface Made {
  readonly bits: number;
  readonly rows: readonly (readonly number[])[];
  readonly compression?: number;
  readonly height?: number;
  readonly width?: number;
  readonly masks?: readonly number[];
  readonly colours?: number;
  readonly isIcon?: boolean;
}

function bitmap({
  bits,
  rows,
  compression = 0,
  height = 2,
  width = 6,
  masks = [],
  colours = 0,
  isIcon,
}: Made) {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(height, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(bits, 14);
  header.writeUInt32LE(compression, 16);
  header.writeUInt32LE(colours, 32);
  const words = Buffer.alloc(4 * masks.length);
  for (const [index, mask] of masks.entries()) words.writeUInt32LE(mask, 4 * index);
  const entries = palette.slice(0, colours).flatMap(([r, g, b]) => [b, g, r, 0]);
  const head = Buffer.concat([header, words, Buffer.from(entries)]);
  const file = Buffer.from('BM\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
  file.writeUInt32LE(file.length + head.length, 10);
  return Buffer.concat([...(isIcon ? [] : [file]), head, ...rows.map((row) => Buffer.from(row))]);
}

const bgr = (row: readonly (readonly [number, number, number])[], ...more: number[]) => [
  ...row.flatMap(([r, g, b]) => [b, g, r, ...more]),
  ...(more.length === 0 ? [0, 0] : []),
];

const kinds: Readonly<Record<string, Buffer>> = {
  '24 bits': bitmap({ bits: 24, rows: [bgr(lower), bgr(upper)] }),
  '24 bits from top to bottom': bitmap({ bits: 24, height: -2, rows: [bgr(upper), bgr(lower)] }),
  '32 bits without transparency': bitmap({ bits: 32, rows: [bgr(lower, 0), bgr(upper, 0)] }),
  '32 bits with masks': bitmap({
    bits: 32,
    compression: 3,
    masks: [0xff0000, 0xff00, 0xff],
    rows: [bgr(lower, 0), bgr(upper, 0)],
  }),
  '16 bits, 5 of each': bitmap({
    bits: 16,
    rows: [
      [0x1f, 0, 0x1f, 0, 0x1f, 0, 0xff, 0x7f, 0xff, 0x7f, 0xff, 0x7f],
      [0, 0x7c, 0, 0x7c, 0, 0x7c, 0xe0, 3, 0xe0, 3, 0xe0, 3],
    ],
  }),
  '16 bits, 6 of green': bitmap({
    bits: 16,
    compression: 3,
    masks: [0xf800, 0x07e0, 0x1f],
    rows: [
      [0x1f, 0, 0x1f, 0, 0x1f, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0, 0xf8, 0, 0xf8, 0, 0xf8, 0xe0, 7, 0xe0, 7, 0xe0, 7],
    ],
  }),
  '8 bits': bitmap({
    bits: 8,
    colours: 4,
    rows: [
      [2, 2, 2, 3, 3, 3, 0, 0],
      [0, 0, 0, 1, 1, 1, 0, 0],
    ],
  }),
  '4 bits': bitmap({
    bits: 4,
    colours: 4,
    rows: [
      [0x22, 0x23, 0x33, 0],
      [0, 0x01, 0x11, 0],
    ],
  }),
  '8 bits, run lengths': bitmap({
    bits: 8,
    compression: 1,
    colours: 4,
    rows: [[3, 2, 0, 3, 3, 3, 3, 0, 0, 0, 3, 0, 3, 1, 0, 1]],
  }),
  '4 bits, run lengths': bitmap({
    bits: 4,
    compression: 2,
    colours: 4,
    rows: [[3, 0x22, 3, 0x33, 0, 0, 3, 0, 3, 0x11, 0, 1]],
  }),
};

describe('a bitmap', () => {
  it.each(Object.entries(kinds))('is decoded: %s', (_, bytes) => {
    expect(decodeBmp(bytes, limits)).toEqual({ width: 6, height: 2, channels: 3, pixels: shown });
  });

  it('is transparent where it has a mask for that', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const image = bitmap({ bits: 32, compression: 6, masks, rows: [bgr(lower, 128), bgr(upper, 255)] });
    const decoded = decodeBmp(image, limits);
    expect(decoded).toMatchObject({ channels: 4 });
    expect('pixels' in decoded && [decoded.pixels[3], decoded.pixels.at(-1)]).toEqual([255, 128]);
  });

  it('is opaque where all of its opacities are 0, as programs leave them', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const decoded = decodeBmp(
      bitmap({ bits: 32, compression: 6, masks, rows: [bgr(lower, 0), bgr(upper, 0)] }),
      limits,
    );
    const pixels = 'pixels' in decoded ? [...decoded.pixels] : [];
    expect(pixels).toEqual([...upper, ...lower].flatMap((colour) => [...colour, 255]));
  });

  it('of an icon is transparent where its mask says so', () => {
    const maskRows = [
      [0b0000_0100, 0, 0, 0],
      [0b1000_0000, 0, 0, 0],
    ];
    const image = bitmap({ bits: 24, height: 4, isIcon: true, rows: [bgr(lower), bgr(upper), ...maskRows] });
    const { pixels, height } = decodeIconBitmap(image, limits);
    expect(height).toBe(2);
    const opacities = Array.from({ length: 12 }, (_, pixel) => pixels[4 * pixel + 3]);
    expect(opacities).toEqual([0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0]);
  });

  it.each(Object.entries(kinds))(
    'that was cut, or changed in any byte, ends in an error or an image: %s',
    (_, bytes) => {
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 0xff;
        for (const hostile of [bytes.subarray(0, at), changed]) {
          try {
            decodeBmp(hostile, limits);
          } catch (error) {
            expect(error instanceof BitmapError || error instanceof BitmapTooLarge, String(error)).toBe(true);
          }
        }
      }
    },
  );

  it('of more pixels than allowed is refused before memory is taken for it', () => {
    const image = bitmap({ bits: 24, width: 2 ** 31 - 1, height: 2 ** 31 - 1, rows: [] });
    expect(() => decodeBmp(image, limits)).toThrow(BitmapTooLarge);
  });
});
