import type { ImageFormat, ImageOutput, ImageStep } from '@bkend/storage-contract';
import type { SourceType } from '../pipeline/detect-type.ts';
import { paletteEffort, webpEffort } from '../pipeline/encode.ts';

/**
 * What work costs, in nanoseconds of CPU time for each pixel, as `packages/server/test/images/measure-prices.ts` measures it on one
 * core of a server of 2023, with pictures that have noise in them: the expensive kind. They need to be right within a factor of 2:
 * `price-of-plan.test.ts` holds them to what this machine takes.
 */

/** Reading an original and bringing it down to size, for each of its pixels. */
export const decodeRates: Readonly<Record<SourceType, number>> = {
  jpeg: 11,
  png: 26,
  webp: 42,
  avif: 75,
  gif: 15,
  // What these take cannot be known from their headers; they are made where they can be ended.
  tiff: 30,
  svg: 30,
  heic: 0,
};

/** A progressive JPEG is read once for each of its scans. */
export const jpegScanRate = 2.5;
/** Samples of 16 bits, for each pixel more. */
export const deepRate = 20;
/** Turning a whole original upright, which has to be in memory for that. */
export const uprightRate = 9;
/** libvips takes the median around each pixel before it looks for a border. */
export const trimRate = 380;
/** Enlarging, for each pixel of the result. */
export const enlargeRate = 40;
/** Looking for what draws attention, for each pixel of what is cut. */
export const attentionRate = 7;
/** Bringing pixels to a step and back. */
const passRate = 4;
/** A layer of a composition, however small it is, in nanoseconds. */
export const layerCost = 220_000;
/** Laying something over a picture, for each of its pixels. */
export const overlayRate = 24;
/** A look of the face detector at its two sizes, in nanoseconds: on a thread of its own. */
export const facesCost = 600e6;
/** Blurhash, thumbhash and average colour, of small pictures. */
export const placeholderCost = 60e6;

/** Of the steps that keep the size, for each pixel of the picture. */
export function stepRate(step: ImageStep): number {
  switch (step.do) {
    case 'blur':
      return passRate + 6 + 0.9 * step.sigma;
    case 'sharpen':
      return passRate + 90 + 6 * step.sigma;
    case 'modulate':
      return passRate + 75;
    case 'linear':
    case 'grayscale':
      return passRate + 14;
    case 'equalize':
      return passRate + 76;
    case 'noise':
      return passRate + 24;
    case 'trim':
      return passRate + trimRate;
    case 'round-corner':
      return 3 * passRate + 26;
    case 'pixelate':
    case 'background':
    case 'rotate':
      return passRate + 9;
    case 'fill':
    case 'pad':
      return step.fill === 'blur' ? 4 * passRate + enlargeRate + 65 : 3 * passRate + 14;
    case 'invert':
    case 'crop':
    case 'watermark':
    case 'label':
      return passRate + 2;
  }
}

/** Writing a result, for each of its pixels. */
export function encodeRate(format: ImageFormat, { quality, lossless }: ImageOutput, pixels: number): number {
  switch (format) {
    case 'jpeg':
      return (quality ?? 0) > 85 ? 75 : 30;
    case 'png':
      // With a quality, a palette is looked for.
      return lossless || quality === undefined ? 66 : (paletteRates[paletteEffort(pixels)] ?? 0);
    case 'webp':
      return webpRates[lossless ? 'lossless' : 'lossy'][webpEffort(lossless, pixels)] ?? 0;
    case 'avif':
      return lossless ? 1_320 : (quality ?? 0) > 60 ? 980 : 540;
    case 'gif':
      return 500;
    case 'tiff':
      return 16;
  }
}

/** By effort. */
const paletteRates: Readonly<Record<number, number>> = { 1: 420, 7: 2_300 };
/** By effort. */
const webpRates: Readonly<Record<'lossy' | 'lossless', Readonly<Record<number, number>>>> = {
  lossy: { 0: 70, 2: 110, 4: 220 },
  lossless: { 0: 125, 4: 2_700 },
};
