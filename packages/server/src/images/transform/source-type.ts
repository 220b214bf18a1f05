import { StorageError } from '@bkend/storage-contract';
import { essenceOf } from '../../files/mime-type.ts';

/** Formats that the first bytes of a file identify, whatever its name or type. */
export type SourceType = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif' | 'heic' | 'tiff' | 'svg';

const avifBrands = new Set(['avif', 'avis']);
const heicBrands = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);
const svgLookaheadBytes = 1024;

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
  return looksLikeSvg(bytes) ? 'svg' : undefined;
}

/** ISO/IEC 14496-12, section 4.3: the major brand, or one of the compatible ones. */
function detectHeif(bytes: Buffer): SourceType | undefined {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const brands: string[] = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4));
  if (brands.some((brand) => avifBrands.has(brand))) return 'avif';
  return brands.some((brand) => heicBrands.has(brand)) ? 'heic' : undefined;
}

function looksLikeSvg(bytes: Buffer): boolean {
  const beginning = bytes.toString('utf8', 0, svgLookaheadBytes).trimStart();
  return /^(?:\ufeff)?\s*</.test(beginning) && /<svg[\s>]/.test(beginning);
}

/** Text costs a parser more memory than pixels do. */
const maxSvgBytes = 4 * 1024 * 1024;

/**
 * Accepts a file as an image by what its bytes and its record say. One raster format under the type of another is harmless and
 * common. A document with the type of an image, or an image with the type of a document, is refused.
 * @param detected the format of the first bytes, and the size of the file
 * @param mimeType the type on record
 * @throws `file/invalid-format`, `file/file-too-large`
 */
export function requireType(
  { type, sizeBytes }: { readonly type: SourceType | undefined; readonly sizeBytes: number },
  mimeType: string,
): SourceType {
  const claimed = essenceOf(mimeType);
  if (type === undefined) throw notAnImage('This file cannot be read as an image.');
  if (type === 'heic')
    throw notAnImage('HEIC cannot be read: store JPEG, PNG, WebP, AVIF, GIF, TIFF or SVG.');
  const claimsSvg = claimed.startsWith('image/svg');
  if (!claimed.startsWith('image/') && claimed !== 'application/octet-stream') {
    throw notAnImage(`This file says it is ${claimed}, which is no image.`);
  }
  if ((type === 'svg') !== claimsSvg) {
    throw notAnImage(`This file says it is ${claimed}, and its bytes are ${type === 'svg' ? 'SVG' : type}.`);
  }
  if (type === 'svg' && sizeBytes > maxSvgBytes) throw tooManyBytes(maxSvgBytes);
  return type;
}

/** Translates an error of libvips. Its message is for the log; the client reads that the file cannot be read. */
export function unreadable(cause: unknown): never {
  if (cause instanceof StorageError) throw cause;
  if (cause instanceof Error && /timeout: /.test(cause.message)) {
    throw new StorageError('common/unavailable', 'This image took too long.', { cause });
  }
  throw notAnImage('This file cannot be read as an image.', cause);
}

function notAnImage(message: string, cause?: unknown): StorageError {
  return new StorageError('file/invalid-format', message, { cause });
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
