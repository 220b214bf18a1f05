import type { ImageFormat, ImageOutput } from '@bkend/storage-contract';
import type { Sharp } from 'sharp';
import type { SourceType } from './kind.ts';

/** Encoding time grows with pixels, and libvips cannot be stopped while it encodes AVIF. */
const maxAvifPixels = 2_500_000;

export interface FormatChoice {
  /** The argument of `format()`. */
  readonly named?: ImageFormat;
  /** AVIF and WebP as far as `Accept` names them, best first. */
  readonly accepted: readonly ImageFormat[];
  readonly source: { readonly type: SourceType; readonly frames: number };
  /** Pixels of the rendition, over all frames. */
  readonly pixels: number;
  /** Whether the rendition has an alpha channel. */
  readonly hasAlpha: boolean;
}

/** The format of a rendition: the one that the URL names, else the best that the client accepts, else the source's. */
export function chooseFormat({ named, accepted, source, pixels, hasAlpha }: FormatChoice): ImageFormat {
  if (named !== undefined) {
    return named === 'avif' && pixels > maxAvifPixels ? 'webp' : named;
  }
  const fits = (format: ImageFormat) => format !== 'avif' || (pixels <= maxAvifPixels && source.frames === 1);
  return accepted.find(fits) ?? ownFormat(source.type, { pixels, hasAlpha });
}

function ownFormat(
  type: SourceType,
  { pixels, hasAlpha }: { pixels: number; hasAlpha: boolean },
): ImageFormat {
  switch (type) {
    case 'png':
    case 'webp':
    case 'gif':
      return type;
    case 'avif':
      return pixels <= maxAvifPixels ? 'avif' : 'webp';
    case 'svg':
    case 'ico':
      return 'png';
    case 'jpeg':
    case 'tiff':
    case 'heic':
    case 'bmp':
      return hasAlpha ? 'png' : 'jpeg';
  }
}

/** The MIME type of a format. */
export function mediaType(format: ImageFormat): string {
  return `image/${format}`;
}

/** JPEG in TIFF holds no transparency. */
export function isJpegTiff({ lossless, hasAlpha }: { lossless: boolean; hasAlpha: boolean }): boolean {
  return !lossless && !hasAlpha;
}

/** Timing of an animation, where the canvas has none of its own. */
export interface Animation {
  /** Milliseconds of each frame. */
  readonly delay?: number[];
  /** Number of repetitions; 0 is endless. */
  readonly loop?: number;
}

/** Pixels above which images are encoded with less effort, so that they stay within the budget of one request. */
const largePixels = { lossy: [6_000_000, 16_000_000], lossless: 500_000 } as const;

/** libwebp's method. */
export function webpEffort(lossless: boolean, pixels: number): 0 | 2 | 4 {
  if (lossless) return pixels > largePixels.lossless ? 0 : 4;
  const [large, huge] = largePixels.lossy;
  return pixels > huge ? 0 : pixels > large ? 2 : 4;
}

/** Visually close to 90, at about half the bytes. */
export const defaultQuality = { jpeg: 80, webp: 78, avif: 52, tiff: 80 } as const;

export interface EncodeOptions {
  readonly output: ImageOutput;
  /** Pixels of all frames together. */
  readonly pixels: number;
  readonly hasAlpha: boolean;
  readonly animation?: Animation;
  /** Colours of a palette, 2 to 256, for PNG and GIF. */
  readonly colours?: number;
}

/**
 * Adds the encoder for a format. Efforts are set at the point beyond which more time saves few bytes: JPEG progressive with
 * mozjpeg's quantisation but without its trellis, which would halve the rate for a fifth of the bytes; AVIF at 1 of 9, as
 * imgproxy's speed 8; WebP at 4 of 6, and less for large images. No metadata of the source is written, and colours are sRGB.
 */
export function encodeAs(
  image: Sharp,
  format: ImageFormat,
  { output, pixels, hasAlpha, animation, colours }: EncodeOptions,
): Sharp {
  const { quality, lossless } = output;
  switch (format) {
    case 'jpeg':
      return image
        .flatten({ background: '#ffffff' })
        .jpeg({ quality: quality ?? defaultQuality.jpeg, progressive: true, quantisationTable: 3 });
    case 'png':
      return image.png(
        colours === undefined ? { compressionLevel: 6 } : { palette: true, colours, effort: 1, dither: 0.5 },
      );
    case 'webp':
      return image.webp({
        quality: quality ?? defaultQuality.webp,
        effort: webpEffort(lossless, pixels),
        lossless,
        ...animation,
      });
    case 'avif':
      return image.avif({ quality: quality ?? defaultQuality.avif, effort: 1, lossless });
    case 'gif':
      return image.gif({ effort: 3, ...(colours !== undefined && { colours }), ...animation });
    case 'tiff':
      return image.tiff(
        isJpegTiff({ lossless, hasAlpha })
          ? { quality: quality ?? defaultQuality.tiff, compression: 'jpeg' }
          : { compression: 'deflate', predictor: 'horizontal' },
      );
  }
}
