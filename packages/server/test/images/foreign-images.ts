import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Images of formats that libvips does not read. */

/**
 * HEIC files of libheif and x265. `turned-p3` has red, green, blue and white quarters of 48 by 32, is turned a quarter clockwise by `irot` and by
 * its EXIF, and is in Display P3; the left quarter of `transparent` is; `photo` has 64 by 48 pixels.
 */
export function heic(name: 'turned-p3' | 'transparent' | 'photo'): Buffer {
  return readFileSync(join(import.meta.dirname, `${name}.heic`));
}

/** A bitmap of 24 bits. @param rgb pixels, rows from top to bottom; one grey without them */
export function bmp(width: number, height: number, rgb?: Buffer): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height, 200);
  file.fill(0, 0, 54);
  file.write('BM');
  const fields = [
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
  ] as const;
  for (const [at, value] of fields) file.writeUInt32LE(value, at);
  file.writeUInt16LE(24, 28);
  for (let pixel = 0; rgb !== undefined && pixel < width * height; pixel++) {
    const at = 54 + rowBytes * (height - 1 - Math.floor(pixel / width)) + 3 * (pixel % width);
    const [r = 0, g = 0, b = 0] = rgb.subarray(3 * pixel);
    file.set([b, g, r], at);
  }
  return file;
}

/** An icon of images as they are. @param offset that of all of them, where it is not the right one */
export function icon(images: readonly Buffer[], offset?: number): Buffer {
  const head = Buffer.from([0, 0, 1, 0, images.length, 0]);
  let from = head.length + 16 * images.length;
  const entries = images.map((image) => {
    const entry = Buffer.alloc(16);
    // The width and height of a PNG.
    entry.set([image[19] ?? 0, image[23] ?? 0]);
    entry.writeUInt32LE(image.length, 8);
    entry.writeUInt32LE(offset ?? from, 12);
    from += image.length;
    return entry;
  });
  return Buffer.concat([head, ...entries, ...images]);
}

/** A half transparent PNG, as icons contain. */
export function square(side: number): Promise<Buffer> {
  return sharp({ create: { width: side, height: side, channels: 4, background: '#ff000080' } })
    .png()
    .toBuffer();
}
