import type { ImageFormat, ImageOutput } from '@bkend/storage-contract';
import type { Sharp } from 'sharp';
import { isLossy } from './formats.ts';

/** When the picture itself does not say. */
export interface Animation {
  /** Milliseconds for each frame. */
  readonly delay?: number[];
  /** How often it is shown; 0 for ever. */
  readonly loop?: number;
}

/** Efforts that large pictures are written with, so that what they take stays within what one request may take. */
const largePixels = { lossy: [6_000_000, 16_000_000], lossless: 500_000, palette: 500_000 } as const;

/** libwebp's method. */
export function webpEffort(lossless: boolean, pixels: number): 0 | 2 | 4 {
  if (lossless) return pixels > largePixels.lossless ? 0 : 4;
  const [large, huge] = largePixels.lossy;
  return pixels > huge ? 0 : pixels > large ? 2 : 4;
}

/** libimagequant's effort, for PNG with a palette. */
export function paletteEffort(pixels: number): 1 | 7 {
  return pixels > largePixels.palette ? 1 : 7;
}

/** Where eyes see little difference from 90, and bytes are about half. */
const defaultQuality = { jpeg: 80, webp: 78, avif: 52, tiff: 80 } as const;

export interface EncodeOptions {
  readonly output: ImageOutput;
  /** Of all frames together. */
  readonly pixels: number;
  readonly animation?: Animation;
}

/**
 * The encoder for a format. Efforts are where more time buys few bytes: JPEG progressive with mozjpeg's quantisation
 * but without its trellis, which halves the rate for a fifth of the bytes; AVIF at 1 of 9, as the peers' speed 8; WebP at
 * 4 of 6, and less for large pictures. Nothing of the source's metadata is written, and colours are sRGB.
 */
export function encodeAs(
  picture: Sharp,
  format: ImageFormat,
  { output, pixels, animation }: EncodeOptions,
): Sharp {
  const { quality, lossless } = output;
  switch (format) {
    case 'jpeg':
      return picture
        .flatten({ background: '#ffffff' })
        .jpeg({ quality: quality ?? defaultQuality.jpeg, progressive: true, quantisationTable: 3 });
    case 'png':
      // A quality asks for a palette: PNG has no other way to give any up.
      return picture.png(
        quality === undefined || lossless
          ? { compressionLevel: 6 }
          : { palette: true, quality, effort: paletteEffort(pixels) },
      );
    case 'webp':
      return picture.webp({
        quality: quality ?? defaultQuality.webp,
        effort: webpEffort(lossless, pixels),
        lossless,
        ...animation,
      });
    case 'avif':
      return picture.avif({ quality: quality ?? defaultQuality.avif, effort: 1, lossless });
    case 'gif':
      return picture.gif({ effort: 3, ...animation });
    case 'tiff':
      return picture.tiff({ quality: quality ?? defaultQuality.tiff, compression: 'jpeg' });
  }
}

const worstQuality = 5;

/** How often {@link encodeWithin} encodes at most: once as asked, and seven times to halve a hundred qualities. */
export const maxTries = 8;

/**
 * Encodes in at most so many bytes, at the best quality that fits; when none does, at the worst. Halves the range of
 * qualities each time, so that seven tries are enough.
 * @param input.open gives the same picture again for each try
 */
export async function encodeWithin(
  maxBytes: number,
  { open, format, output, ...others }: EncodeOptions & { open: () => Sharp; format: ImageFormat },
): Promise<Buffer> {
  const attempt = (quality: ImageOutput['quality']) =>
    encodeAs(open(), format, {
      output: quality === undefined ? output : { ...output, quality },
      ...others,
    }).toBuffer();
  const first = await attempt(output.quality);
  if (first.length <= maxBytes || format === 'gif' || !isLossy(format, output)) return first;
  let best: Buffer | undefined;
  let low = worstQuality;
  let high = (output.quality ?? (format === 'png' ? 100 : defaultQuality[format])) - 1;
  while (low <= high) {
    const quality = Math.floor((low + high) / 2);
    const bytes = await attempt(quality);
    if (bytes.length <= maxBytes) {
      best = bytes;
      low = quality + 1;
    } else high = quality - 1;
  }
  return best ?? attempt(worstQuality);
}
