import { StorageError } from '@bkend/storage-contract';
import { essenceOf } from '../../files/mime-type.ts';
import type { UnreadFormat } from '../formats/known-formats.ts';
import { isSvg, maxSvgBytes } from '../formats/svg.ts';
import type { Kind, SourceType } from './kind.ts';

const avifBrands = new Set(['avif', 'avis']);
const heicBrands = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);

/** Detects the format by the first bytes; undefined for an unknown one. */
export function detectType(bytes: Buffer): SourceType | undefined {
  const ascii = (from: number, to: number) => bytes.toString('latin1', from, to);
  if (bytes.length < 12) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (ascii(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (ascii(0, 6) === 'GIF87a' || ascii(0, 6) === 'GIF89a') return 'gif';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'webp';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(ascii(0, 4))) return 'tiff';
  if (ascii(4, 8) === 'ftyp') return detectHeif(bytes);
  if (isBmp(ascii)) return 'bmp';
  if (isIcon(ascii)) return 'ico';
  return isSvg(bytes) ? 'svg' : undefined;
}

type Ascii = (from: number, to: number) => string;

/** By the length of its second header. */
function isBmp(ascii: Ascii): boolean {
  const lengths = ['\x0c', '(', '@', '4', '8', 'l', '|'];
  return ascii(0, 2) === 'BM' && lengths.includes(ascii(14, 15)) && ascii(15, 18) === '\0\0\0';
}

/** An icon or a cursor with at least one image; the reserved byte of its first entry is 0, or 255 as .NET writes it. */
function isIcon(ascii: Ascii): boolean {
  const isEither = ascii(0, 4) === '\0\0\x01\0' || ascii(0, 4) === '\0\0\x02\0';
  return isEither && ascii(4, 6) !== '\0\0' && ['\0', '\xff'].includes(ascii(9, 10));
}

/** ISO/IEC 14496-12, section 4.3: the major brand, or one of the compatible ones. */
function detectHeif(bytes: Buffer): SourceType | undefined {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const brands: string[] = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4));
  if (brands.some((brand) => avifBrands.has(brand))) return 'avif';
  return brands.some((brand) => heicBrands.has(brand)) ? 'heic' : undefined;
}

const names: Readonly<Record<SourceType, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  gif: 'GIF',
  webp: 'WebP',
  avif: 'AVIF',
  heic: 'HEIC',
  tiff: 'TIFF',
  svg: 'SVG',
  bmp: 'BMP',
  ico: 'ICO',
};

const readFormats = 'JPEG, PNG, WebP, AVIF, HEIC, GIF, TIFF, BMP, ICO or SVG';

/**
 * Accepts a file as an image by what its bytes and its record say. One raster format under the type of another is harmless and
 * common. A document with the type of an image, or an image with the type of a document, is refused.
 * @param detected the format of the first bytes, and the size of the file
 * @param mimeType the type on record
 * @throws `file/invalid-format`, `file/unsupported-image`, `file/file-too-large`
 */
export function requireType(
  { type, unread, sizeBytes }: Pick<Kind, 'type' | 'unread' | 'sizeBytes'>,
  mimeType: string,
): SourceType {
  const claimed = essenceOf(mimeType);
  if (unread !== undefined) throw unsupported(unread);
  if (type === undefined)
    throw notAnImage('The format of this file is unknown.', { reason: 'unknown-format' });
  const claimsSvg = claimed.startsWith('image/svg');
  if (!claimed.startsWith('image/') && claimed !== 'application/octet-stream') {
    throw notAnImage(`This file says it is ${claimed}, which is no image.`, { reason: 'wrong-type' });
  }
  if ((type === 'svg') !== claimsSvg) {
    throw notAnImage(`This file says it is ${claimed}, and its bytes are ${names[type]}.`, {
      ...{ reason: 'wrong-type', format: names[type] },
    });
  }
  if (type === 'svg' && sizeBytes > maxSvgBytes) throw tooManyBytes(maxSvgBytes);
  return type;
}

/**
 * Translates an error of libvips while it reads a file of a known format. Its message is for the log; the client reads that the file
 * is damaged.
 */
export function damaged(type: SourceType, cause: unknown): never {
  if (cause instanceof StorageError) throw cause;
  if (isTimeout(cause)) throw tookTooLong(cause);
  throw notAnImage(
    `This ${names[type]} is damaged, or is of a kind that cannot be decoded.`,
    { reason: 'damaged', format: names[type] },
    cause,
  );
}

/** Translates an error of libvips in work that reads no file: a timeout, or a failure of ours. */
export function failedStep(cause: unknown): never {
  if (isTimeout(cause)) throw tookTooLong(cause);
  throw cause;
}

const isTimeout = (cause: unknown) => cause instanceof Error && /timeout: /.test(cause.message);

function tookTooLong(cause: unknown): StorageError {
  return new StorageError('common/unavailable', 'This image took too long.', { cause });
}

/**
 * The error for a format that is recognised and not read; 415.
 * @param missing an optional decoder that would read it
 */
export function unsupported(format: UnreadFormat | string, missing?: string): StorageError {
  const remedy =
    missing === undefined ? `store ${readFormats}` : `${missing} is not installed on this server`;
  return new StorageError('file/unsupported-image', `${format} cannot be read: ${remedy}.`, {
    details: { format, ...(missing !== undefined && { missing }) },
  });
}

function notAnImage(message: string, details: Record<string, unknown>, cause?: unknown): StorageError {
  return new StorageError('file/invalid-format', message, { details, cause });
}

export function tooManyBytes(maxBytes: number): StorageError {
  return new StorageError('file/file-too-large', `Images of up to ${maxBytes} bytes are rendered.`, {
    details: { maxBytes },
  });
}

export function tooManyPixels(maxPixels: number): StorageError {
  return new StorageError('file/file-too-large', `Images of up to ${maxPixels} pixels are rendered.`, {
    details: { maxPixels },
  });
}
