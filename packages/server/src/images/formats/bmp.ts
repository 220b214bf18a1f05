/** Decodes Windows bitmaps: BITMAPINFOHEADER and its successors, BITMAPCOREHEADER, and the bitmaps inside icons. */

/** Pixels of 8 bits, rows from top to bottom. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly pixels: Buffer;
}

/** A whole image of another format inside a bitmap. */
export interface Enclosed {
  readonly enclosed: Buffer;
}

/** The bytes are no bitmap, or end before its pixels. */
export class BitmapError extends Error {
  override readonly name = 'BitmapError';
}

/** A bitmap of more pixels than allowed. */
export class BitmapTooLarge extends Error {
  override readonly name = 'BitmapTooLarge';
}

const compressions = { rgb: 0, rle8: 1, rle4: 2, bitFields: 3, jpeg: 4, png: 5, alphaBitFields: 6 } as const;
const fileHeaderBytes = 14;
const coreHeaderBytes = 12;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly colours: readonly Rgb[];
  readonly masks: readonly [red: number, green: number, blue: number, alpha: number];
  /** Where headers, masks and palette end. */
  readonly end: number;
}

type Rgb = readonly [red: number, green: number, blue: number];

export interface BitmapOptions {
  readonly maxPixels: number;
}

/** @throws {BitmapError}, {BitmapTooLarge} */
export function decodeBmp(bytes: Buffer, { maxPixels }: BitmapOptions): Bitmap | Enclosed {
  return withoutRangeErrors(() => {
    const header = readHeader(bytes, fileHeaderBytes);
    const at = bytes.readUInt32LE(10);
    if (header.compression === compressions.jpeg || header.compression === compressions.png)
      return { enclosed: bytes.subarray(at) };
    requirePixels(header, maxPixels);
    const decoded = readPixels(bytes, at > fileHeaderBytes ? at : header.end, { ...header, isIcon: false });
    return decoded.channels === 4 && !hasAlpha(decoded.pixels) ? opaque(decoded) : decoded;
  });
}

/**
 * The bitmap of an icon: without a file header, twice as high as the icon, with a mask of transparency below the colours.
 * @throws {BitmapError}, {BitmapTooLarge}
 */
export function decodeIconBitmap(bytes: Buffer, { maxPixels }: BitmapOptions): Bitmap {
  return withoutRangeErrors(() => {
    const double = readHeader(bytes, 0);
    const header = { ...double, height: Math.floor(double.height / 2) };
    requirePixels(header, maxPixels);
    const colours = readPixels(bytes, header.end, { ...header, isIcon: true });
    const hasOwnAlpha = colours.channels === 4 && hasAlpha(colours.pixels);
    return hasOwnAlpha ? colours : masked(colours, bytes, header);
  });
}

function withoutRangeErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new BitmapError('The bitmap ends too early.');
    throw error;
  }
}

function requirePixels({ width, height }: Header, maxPixels: number): void {
  if (width < 1 || height < 1) throw new BitmapError('The bitmap has no pixels.');
  if (width * height > maxPixels) throw new BitmapTooLarge('The bitmap has too many pixels.');
}

function readHeader(bytes: Buffer, at: number): Header {
  const size = bytes.readUInt32LE(at);
  const isCore = size === coreHeaderBytes;
  if (!isCore && (size < 16 || size > 1_024)) throw new BitmapError('The header is of an unknown kind.');
  const signedHeight = isCore ? bytes.readUInt16LE(at + 6) : bytes.readInt32LE(at + 8);
  const width = isCore ? bytes.readUInt16LE(at + 4) : bytes.readInt32LE(at + 4);
  const bits = bytes.readUInt16LE(at + (isCore ? 10 : 14));
  const compression = !isCore && size >= 20 ? bytes.readUInt32LE(at + 16) : compressions.rgb;
  const hasMasks = compression === compressions.bitFields || compression === compressions.alphaBitFields;
  // Behind a header of 40 bytes stand three masks, or four; longer headers contain them.
  const ownMasks = hasMasks && size === 40 ? (compression === compressions.alphaBitFields ? 16 : 12) : 0;
  const maskAt = (index: number) =>
    size >= 40 + 4 * (index + 1) || ownMasks > 4 * index ? bytes.readUInt32LE(at + 40 + 4 * index) : 0;
  const paletteAt = at + size + ownMasks;
  const entryBytes = isCore ? 3 : 4;
  const named = !isCore && size >= 36 ? bytes.readUInt32LE(at + 32) : 0;
  const entries = bits > 8 ? 0 : Math.min(named || 2 ** bits, 256);
  const colours: Rgb[] = [];
  for (let entry = paletteAt; colours.length < entries && entry + 3 <= bytes.length; entry += entryBytes)
    colours.push([bytes.readUInt8(entry + 2), bytes.readUInt8(entry + 1), bytes.readUInt8(entry)]);
  return {
    ...{ width, height: Math.abs(signedHeight), isTopDown: signedHeight < 0, bits, compression, colours },
    masks: hasMasks ? [maskAt(0), maskAt(1), maskAt(2), maskAt(3)] : plainMasks(bits),
    end: paletteAt + entries * entryBytes,
  };
}

function plainMasks(bits: number): Header['masks'] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

type Layout = Header & { readonly isIcon: boolean };

function readPixels(bytes: Buffer, at: number, header: Layout): Bitmap {
  const { bits, compression } = header;
  if (compression === compressions.rle8 || compression === compressions.rle4)
    return fromPalette(runLengths(bytes, at, header), header);
  if ([1, 2, 4, 8].includes(bits)) return fromPalette(indices(bytes, at, header), header);
  if (bits === 16 || bits === 24 || bits === 32) return trueColours(bytes, at, header);
  throw new BitmapError('The bitmap has an unknown depth.');
}

const rowBytesOf = (width: number, bits: number) => Math.floor((width * bits + 31) / 32) * 4;

/** The row of a bitmap file that is shown in this row. */
const rowOf = (row: number, { height, isTopDown }: Header) => (isTopDown ? row : height - 1 - row);

function requireBytes(bytes: Buffer, end: number): void {
  if (end > bytes.length) throw new BitmapError('The bitmap ends too early.');
}

/** One byte for each pixel. */
function indices(bytes: Buffer, at: number, header: Layout): Buffer {
  const { width, height, bits } = header;
  const rowBytes = rowBytesOf(width, bits);
  requireBytes(bytes, at + rowBytes * (height - 1) + Math.ceil((width * bits) / 8));
  const found = Buffer.alloc(width * height);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let row = 0; row < height; row++) {
    const from = at + rowBytes * rowOf(row, header);
    for (let column = 0; column < width; column++) {
      const byte = bytes[from + Math.floor(column / perByte)] ?? 0;
      found[row * width + column] = (byte >> (8 - bits - bits * (column % perByte))) & mask;
    }
  }
  return found;
}

/** Run-length encoding: pairs of count and value, or after a 0 the end of a row (0), of the image (1), a step (2), or literal values. */
function runLengths(bytes: Buffer, from: number, header: Layout): Buffer {
  const { width, height, compression } = header;
  const isNibbles = compression === compressions.rle4;
  const found = Buffer.alloc(width * height);
  let [at, column, row] = [from, 0, 0];
  const put = (value: number) => {
    if (column < width && row < height) found[rowOf(row, header) * width + column] = value;
    column++;
  };
  const nibble = (byte: number, index: number) => (index % 2 === 0 ? byte >> 4 : byte & 15);
  while (row < height && at + 1 < bytes.length) {
    const [count = 0, value = 0] = [bytes[at], bytes[at + 1]];
    at += 2;
    if (count > 0) {
      const shown = Math.max(0, Math.min(count, width - column));
      for (let index = 0; index < shown; index++) put(isNibbles ? nibble(value, index) : value);
      column += count - shown;
    } else if (value === 0) {
      [column, row] = [0, row + 1];
    } else if (value === 1) {
      return found;
    } else if (value === 2) {
      column += bytes[at] ?? 0;
      row += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      for (let index = 0; index < value; index++) {
        const byte = bytes[at + (isNibbles ? index >> 1 : index)] ?? 0;
        put(isNibbles ? nibble(byte, index) : byte);
      }
      const length = isNibbles ? Math.ceil(value / 2) : value;
      at += length + (length % 2);
    }
  }
  // Rows that are not there are those of a file that was cut.
  if (row < height - 1) throw new BitmapError('The bitmap ends too early.');
  return found;
}

function fromPalette(found: Buffer, { width, height, colours }: Header): Bitmap {
  const pixels = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < found.length; pixel++) {
    const [red, green, blue] = colours[found[pixel] ?? 0] ?? [0, 0, 0];
    pixels[3 * pixel] = red;
    pixels[3 * pixel + 1] = green;
    pixels[3 * pixel + 2] = blue;
  }
  return { width, height, channels: 3, pixels };
}

function trueColours(bytes: Buffer, at: number, header: Layout): Bitmap {
  const { width, height, bits, isIcon } = header;
  const [red, green, blue, ownAlpha] = header.masks;
  const alpha = isIcon && bits === 32 ? 0xff000000 : ownAlpha;
  const channels = alpha === 0 ? 3 : 4;
  const samples = [red, green, blue, ...(channels === 4 ? [alpha] : [])].map(sampleOf);
  const step = bits / 8;
  const rowBytes = rowBytesOf(width, bits);
  requireBytes(bytes, at + rowBytes * (height - 1) + width * step);
  const pixels = Buffer.alloc(width * height * channels);
  let to = 0;
  for (let row = 0; row < height; row++) {
    let from = at + rowBytes * rowOf(row, header);
    for (let column = 0; column < width; column++, from += step) {
      const value = bytes.readUIntLE(from, step);
      for (const sample of samples) pixels[to++] = sample(value);
    }
  }
  return { width, height, channels, pixels };
}

/** Reads the bits of a mask as 0 to 255. */
function sampleOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const max = mask >>> shift;
  if (max === 255) return (value) => (value >>> shift) & 255;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / max);
}

/** Whether any pixel has an opacity: older programs left all of them 0. */
function hasAlpha(pixels: Buffer): boolean {
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) return true;
  return false;
}

function opaque(bitmap: Bitmap): Bitmap {
  for (let at = 3; at < bitmap.pixels.length; at += 4) bitmap.pixels[at] = 255;
  return bitmap;
}

/** Transparent where the mask below the colours has a 1; opaque without a mask. */
function masked({ width, height, channels, pixels }: Bitmap, bytes: Buffer, header: Header): Bitmap {
  const at = header.end + rowBytesOf(width, header.bits) * height;
  const rowBytes = rowBytesOf(width, 1);
  const shown = Buffer.alloc(width * height * 4);
  for (let row = 0; row < height; row++) {
    const from = at + rowBytes * rowOf(row, header);
    for (let column = 0; column < width; column++) {
      const pixel = row * width + column;
      pixels.copy(shown, 4 * pixel, channels * pixel, channels * pixel + 3);
      const bit = ((bytes[from + (column >> 3)] ?? 0) >> (7 - (column % 8))) & 1;
      shown[4 * pixel + 3] = bit === 1 ? 0 : 255;
    }
  }
  return { width, height, channels: 4, pixels: shown };
}
