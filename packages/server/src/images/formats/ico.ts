import { type Bitmap, BitmapError, type BitmapOptions, decodeIconBitmap, type Enclosed } from './bmp.ts';

const headBytes = 6;
const entryBytes = 16;
const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

interface Entry {
  readonly width: number;
  readonly bits: number;
  readonly bytes: Buffer;
}

/**
 * Decodes the largest image of an icon or a cursor; of several as large, the one with most colours.
 * @throws {BitmapError}, {BitmapTooLarge}
 */
export function decodeIcon(bytes: Buffer, options: BitmapOptions): Bitmap | Enclosed {
  const [largest] = entriesOf(bytes).sort((a, b) => b.width - a.width || b.bits - a.bits);
  if (!largest) throw new BitmapError('The icon has no image.');
  if (isPng(largest.bytes)) return { enclosed: largest.bytes };
  return decodeIconBitmap(largest.bytes, options);
}

const isPng = (bytes: Buffer) => bytes.subarray(0, pngSignature.length).equals(pngSignature);

/** The images whose bytes are in the file. The directory's sizes are a byte each; those of the images count. */
function entriesOf(bytes: Buffer): Entry[] {
  const count = bytes.length < headBytes ? 0 : bytes.readUInt16LE(4);
  const entries: Entry[] = [];
  const end = Math.min(headBytes + count * entryBytes, bytes.length - entryBytes + 1);
  for (let at = headBytes; at < end; at += entryBytes) {
    const [size, from] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)];
    const image = bytes.subarray(from, from + size);
    if (image.length < 40) continue;
    const png = isPng(image);
    entries.push({
      width: png ? image.readUInt32BE(16) : image.readUInt32LE(4),
      bits: png ? 32 : image.readUInt16LE(14),
      bytes: image,
    });
  }
  return entries;
}
