import type { ImageFormat, ImageOutput } from '@bkend/storage-contract';
import type { SourceType } from '../transform/source-type.ts';

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
      return 'png';
    case 'jpeg':
    case 'tiff':
    case 'heic':
      return hasAlpha ? 'png' : 'jpeg';
  }
}

/** The MIME type of a format. */
export function mediaType(format: ImageFormat): string {
  return `image/${format}`;
}

/** Whether quality can be traded for size. */
export function isLossy(format: ImageFormat, { lossless }: Pick<ImageOutput, 'lossless'>): boolean {
  return !lossless || (format !== 'webp' && format !== 'avif');
}
