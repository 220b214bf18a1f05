import type { ImagePlan } from '@bkend/storage-contract';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of an image, in pixels from its top left corner. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** The same size turned by a quarter. */
export function sidesSwapped({ width, height }: Size): Size {
  return { width: height, height: width };
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** Rounds to the nearest whole number, halves to the even one, as Thumbor's Python does. */
export function round(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

/** Rounds to the nearest whole number, halves up, as Thumbor does where an image fits in a box; at least 1. */
function roundUp(value: number): number {
  // The term is Thumbor's: products that are a half up to their last digits count as halves.
  return Math.max(1, Math.round(value + 1e-5));
}

type Sides = Pick<ImagePlan, 'width' | 'height'>;

/**
 * The box of a plan: a free side follows the image's ratio, `orig` is the image's own side, and two free sides are the
 * size of the image itself.
 */
export function requestedSize(image: Size, { width, height }: Sides): Size {
  const w = width === 'orig' ? image.width : width;
  const h = height === 'orig' ? image.height : height;
  if (w === 0 && h === 0) return image;
  return {
    width: w === 0 ? Math.max(1, round((h * image.width) / image.height)) : w,
    height: h === 0 ? Math.max(1, round((w * image.height) / image.width)) : h,
  };
}

/** With `fit-in`: the largest size of the image's ratio inside the box or, when `full`, the smallest that covers it. */
export function fitInSize(
  image: Size,
  box: Size,
  { width, height, full, upscale }: Pick<ImagePlan, 'width' | 'height' | 'full' | 'upscale'>,
): Size {
  const byWidth = box.width / image.width;
  const byHeight = box.height / image.height;
  const widthDecides = full ? byWidth > byHeight : byWidth < byHeight;
  // A free side follows the other, whatever its value in whole pixels.
  const decides = height === 0 || (width !== 0 && widthDecides) ? 'width' : 'height';
  const factor = decides === 'width' ? byWidth : byHeight;
  if (factor >= 1 && !upscale) return image;
  // The deciding side is met exactly.
  const { width: across, height: down } = image;
  return { width: roundUp(across * factor), height: roundUp(down * factor), [decides]: box[decides] };
}

/** With `fill` and `stretch`: the box itself or, without `upscale`, its sides limited to those of the image. */
export function coverSize(image: Size, box: Size, upscale: boolean): Size {
  if (upscale) return box;
  return {
    width: Math.min(box.width, image.width),
    height: Math.min(box.height, image.height),
  };
}

/** With `adaptive-fit-in`: the box with its sides swapped, when the image lies the other way. */
export function adaptBox(image: Size, box: Size): Size {
  const crosswise = (image.width - image.height) * (box.width - box.height) < 0;
  return crosswise ? sidesSwapped(box) : box;
}

/** A share of a size in whole pixels, rounded down; the size itself where a side would be 0, as with Thumbor. */
export function proportionOf(size: Size, share: number): Size {
  const width = Math.floor(size.width * share);
  const height = Math.floor(size.height * share);
  return width > 0 && height > 0 ? { width, height } : size;
}

/** Largest size of a rendition. */
export interface SizeLimits {
  /** Pixels of the longer side. */
  readonly maxSide: number;
  /** Pixels of one frame. */
  readonly maxPixels: number;
}

/** The size scaled down to the limits, ratio kept. */
export function withinLimits(size: Size, { maxSide, maxPixels }: SizeLimits): Size {
  const factor = Math.min(
    maxSide / Math.max(size.width, size.height),
    Math.sqrt(maxPixels / (size.width * size.height)),
  );
  if (factor >= 1) return size;
  // Rounded down: rounding up could exceed the limits.
  return {
    width: Math.max(1, Math.floor(size.width * factor)),
    height: Math.max(1, Math.floor(size.height * factor)),
  };
}
