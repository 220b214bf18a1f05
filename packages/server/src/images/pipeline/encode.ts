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

/** Where eyes see little difference from 90, and bytes are about half. */
const defaultQuality = { jpeg: 80, webp: 78, avif: 52, tiff: 80 } as const;

/**
 * The encoder for a format. Efforts are where more time buys few bytes: JPEG progressive with mozjpeg's quantisation
 * but without its trellis, which halves the rate for a fifth of the bytes; AVIF at 1 of 9, as the peers' speed 8; WebP at
 * 4 of 6. Nothing of the source's metadata is written, and colours are sRGB.
 */
export function encodeAs(
  picture: Sharp,
  format: ImageFormat,
  { output, animation }: { output: ImageOutput; animation?: Animation },
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
        quality === undefined || lossless ? { compressionLevel: 6 } : { palette: true, quality },
      );
    case 'webp':
      return picture.webp({ quality: quality ?? defaultQuality.webp, effort: 4, lossless, ...animation });
    case 'avif':
      return picture.avif({ quality: quality ?? defaultQuality.avif, effort: 1, lossless });
    case 'gif':
      return picture.gif({ effort: 3, ...animation });
    case 'tiff':
      return picture.tiff({ quality: quality ?? defaultQuality.tiff, compression: 'jpeg' });
  }
}

const worstQuality = 5;

/**
 * Encodes in at most so many bytes, at the best quality that fits; when none does, at the worst. Halves the range of
 * qualities each time, so that seven tries are enough.
 * @param input.open gives the same picture again for each try
 */
export async function encodeWithin(
  maxBytes: number,
  {
    open,
    format,
    output,
    animation = {},
  }: { open: () => Sharp; format: ImageFormat; output: ImageOutput; animation?: Animation },
): Promise<Buffer> {
  const attempt = (quality: ImageOutput['quality']) =>
    encodeAs(open(), format, {
      output: quality === undefined ? output : { ...output, quality },
      animation,
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
