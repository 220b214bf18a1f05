import type { ImageFormat, ImageOutput } from '@bkend/storage-contract';
import { webpEffort } from '../transform/encode.ts';
import type { SourceType } from '../transform/kind.ts';

/**
 * Rates: nanoseconds of CPU time for each pixel, as `packages/server/test/images/measure-costs.ts` measures them on one core of a
 * server of 2023, with noisy images, which are the expensive kind. Steps have their rates in `transform/steps`. A rate has to be
 * right within a factor of 2: `cost-of-plan.test.ts` compares them with measurements on the machine that runs the tests.
 */

/** Decoding an original and scaling it down, for each of its pixels. */
export const decodeRates: Readonly<Record<SourceType, number>> = {
  jpeg: 9,
  png: 16,
  webp: 20,
  avif: 50,
  gif: 11,
  // The headers of these do not tell their cost; they are made in a renderer, where they can be ended.
  tiff: 30,
  svg: 30,
  // The images that stand in for these: they are decoded before.
  heic: 9,
  bmp: 16,
  ico: 16,
};

/**
 * Decoding an original, in addition, for each of its bytes: the more bytes a pixel has, the longer its entropy decoding takes.
 * An AVIF or a WebP of the highest quality takes several times as long as one of the usual quality.
 */
export const byteRates: Readonly<Record<SourceType, number>> = {
  jpeg: 10,
  png: 6,
  webp: 40,
  avif: 200,
  gif: 8,
  tiff: 0,
  svg: 0,
  heic: 10,
  bmp: 1,
  ico: 1,
};

/** Bytes of a progressive JPEG, and of one with arithmetic coding. */
export const progressiveByteRate = 25;
export const arithmeticByteRate = 220;
/** A progressive JPEG is decoded once for each of its scans. */
export const jpegScanRate = 2.5;
/** Samples of 16 bits, in addition, for each pixel. */
export const deepRate = 20;
/** Turning an original upright, for which all of it has to be in memory. */
export const uprightRate = 9;
/** Enlarging, for each pixel of the rendition. */
export const enlargeRate = 40;
/** Computing saliency, for each pixel of the image to be cropped. */
export const attentionRate = 7;
/** One layer of a composition, whatever its size, in nanoseconds. */
export const layerCost = 220_000;
/** Composing an overlay, for each pixel of the image. */
export const overlayRate = 24;
/** The face detector at its two sizes, in nanoseconds, on a thread of its own. */
export const facesCost = 600e6;
/** Blurhash, thumbhash and average colour of a small image, in nanoseconds. */
export const placeholderCost = 60e6;

/** Encoding a rendition, for each of its pixels. */
export function encodeRate(format: ImageFormat, { quality, lossless }: ImageOutput, pixels: number): number {
  switch (format) {
    case 'jpeg':
      return (quality ?? 0) > 85 ? 75 : 30;
    case 'png':
      return 66;
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

/** A quality for the tries of `max_bytes()`: they are below the first one. */
const triedQuality = 50;

/** Encoding a rendition once more for `max_bytes()`, for each of its pixels; PNG gets a palette. */
export function triedRate(format: ImageFormat, output: ImageOutput, pixels: number): number {
  return format === 'png' ? 420 : encodeRate(format, { ...output, quality: triedQuality }, pixels);
}

/** By effort. */
const webpRates: Readonly<Record<'lossy' | 'lossless', Readonly<Record<number, number>>>> = {
  lossy: { 0: 70, 2: 110, 4: 220 },
  lossless: { 0: 125, 4: 2_700 },
};
