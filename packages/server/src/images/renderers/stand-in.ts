import { crc32, deflateSync } from 'node:zlib';
import { type Bitmap, BitmapError, BitmapTooLarge, decodeBmp, type Enclosed } from '../formats/bmp.ts';
import { decodeHeif, HeifMissing, heifPackage } from '../formats/heif.ts';
import { decodeIcon } from '../formats/ico.ts';
import { engine, strictly } from '../transform/engine.ts';
import type { ForeignType } from '../transform/kind.ts';
import { damaged, detectType, tooManyPixels, unsupported } from '../transform/source-type.ts';

const decoders = { bmp: decodeBmp, ico: decodeIcon, heic: decodeHeif } as const;

/** A larger image without transparency is kept as a JPEG of the highest quality, which is made and read many times as quickly as a PNG. */
const maxLosslessPixels = 2_000_000;
const quality = 95;

/**
 * Decodes an image that libvips does not read, into one that it reads: upright, with the colour profile. For confined processes only: these
 * decoders are given untrusted bytes.
 * @param maxPixels more are refused before any is decoded
 * @throws `file/invalid-format`, `file/file-too-large`, `file/unsupported-image` where the decoder is not installed
 */
export async function standInOf(type: ForeignType, bytes: Buffer, maxPixels: number): Promise<Buffer> {
  try {
    const decoded: Bitmap | Enclosed = decoders[type](bytes, { maxPixels });
    return 'enclosed' in decoded ? await ofEnclosed(decoded.enclosed, maxPixels) : await encoded(decoded);
  } catch (error) {
    if (error instanceof BitmapTooLarge) throw tooManyPixels(maxPixels);
    if (error instanceof HeifMissing) throw unsupported('HEIC', `the npm package ${heifPackage}`);
    return damaged(type, error);
  }
}

/** Icons contain PNG, and bitmaps for printers contain JPEG. */
async function ofEnclosed(bytes: Buffer, maxPixels: number): Promise<Buffer> {
  const type = detectType(bytes);
  if (type !== 'png' && type !== 'jpeg') throw new BitmapError('What the bitmap contains is unknown.');
  const image = engine(bytes, { ...strictly, limitInputPixels: false });
  const { width, height } = await image.metadata();
  if (width * height > maxPixels) throw new BitmapTooLarge('The image has too many pixels.');
  // A PNG is read as any other is, with its depth and profile.
  if (type === 'png') return bytes;
  return image.autoOrient().keepIccProfile().png({ compressionLevel: 1 }).toBuffer();
}

async function encoded({ width, height, channels, pixels, profile }: Bitmap & { profile?: Buffer }) {
  const image = engine(pixels, { raw: { width, height, channels }, limitInputPixels: false });
  if (channels === 4 || width * height <= maxLosslessPixels) {
    const png = await image.png({ compressionLevel: 1 }).toBuffer();
    return profile ? withProfileInPng(png, profile) : png;
  }
  // Optimal tables take three times the memory and time.
  const jpeg = await image.jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer();
  return profile ? withProfileInJpeg(jpeg, profile) : jpeg;
}

const profileName = Buffer.from('icc\0\0', 'latin1');
/** Where the header of a PNG ends. */
const afterHeader = 33;

/** The chunk `iCCP` (PNG third edition, section 11.3.2.3). */
function withProfileInPng(png: Buffer, profile: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('iCCP'), profileName, deflateSync(profile)]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(body.length - 4, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return Buffer.concat([png.subarray(0, afterHeader), framed, png.subarray(afterHeader)]);
}

/** A segment has at most 65,535 bytes, its length and the head of a part included. */
const maxPartBytes = 65_519;

/** Segments APP2 (ICC.1:2022, annex B.4). */
function withProfileInJpeg(jpeg: Buffer, profile: Buffer): Buffer {
  const count = Math.ceil(profile.length / maxPartBytes);
  const segments = Array.from({ length: count }, (_, index) => {
    const part = profile.subarray(index * maxPartBytes, (index + 1) * maxPartBytes);
    const head = Buffer.from('\xff\xe2\0\0ICC_PROFILE\0\0\0', 'latin1');
    head.writeUInt16BE(part.length + head.length - 2, 2);
    head.set([index + 1, count], head.length - 2);
    return Buffer.concat([head, part]);
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}
