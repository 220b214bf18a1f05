import type { ImageFormat, ImageOutput } from '@bkend/storage-contract';
import type { Source } from './source.ts';

/** How long encoding may take grows with pixels, and libvips cannot be stopped while it writes AVIF. */
const maxAvifPixels = 2_500_000;

export interface FormatChoice {
  /** Asked for by name in the URL. */
  readonly named?: ImageFormat;
  /** What the client says it takes, best first; only formats that not every client takes. */
  readonly accepted: readonly ImageFormat[];
  readonly source: Pick<Source, 'type' | 'frames'>;
  /** Of the result, over all frames. */
  readonly pixels: number;
  /** Whether any of the result can be seen through. */
  readonly hasAlpha: boolean;
}

/** The format a result is written in: the one that was named, else the best the client takes, else the source's. */
export function chooseFormat({ named, accepted, source, pixels, hasAlpha }: FormatChoice): ImageFormat {
  if (named !== undefined) {
    return named === 'avif' && pixels > maxAvifPixels ? 'webp' : named;
  }
  const fits = (format: ImageFormat) => format !== 'avif' || (pixels <= maxAvifPixels && source.frames === 1);
  return accepted.find(fits) ?? ownFormat(source.type, { pixels, hasAlpha });
}

function ownFormat(
  type: Source['type'],
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

/** What a format is called on the wire. */
export function mediaType(format: ImageFormat): string {
  return `image/${format}`;
}

/** Whether quality can be traded for size. */
export function isLossy(format: ImageFormat, { lossless }: Pick<ImageOutput, 'lossless'>): boolean {
  return !lossless || (format !== 'webp' && format !== 'avif');
}
