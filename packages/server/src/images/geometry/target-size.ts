import type { ImagePlan } from '@bkend/storage-contract';
import { round, type Size, scaleSize } from './size.ts';

type Sides = Pick<ImagePlan, 'width' | 'height'>;

/**
 * The box a plan asks for: a free side follows the picture's ratio, `orig` is the picture's own, and two free sides are
 * the picture itself.
 */
export function requestedSize(picture: Size, { width, height }: Sides): Size {
  const w = width === 'orig' ? picture.width : width;
  const h = height === 'orig' ? picture.height : height;
  if (w === 0 && h === 0) return picture;
  return {
    width: w === 0 ? Math.max(1, round((h * picture.width) / picture.height)) : w,
    height: h === 0 ? Math.max(1, round((w * picture.height) / picture.width)) : h,
  };
}

/** Of `fit-in`: the largest size of the picture's ratio inside the box or, when `full`, the smallest that covers it. */
export function fitInSize(
  picture: Size,
  box: Size,
  { width, height, full, upscale }: Pick<ImagePlan, 'width' | 'height' | 'full' | 'upscale'>,
): Size {
  const byWidth = box.width / picture.width;
  const byHeight = box.height / picture.height;
  const widthDecides = full ? byWidth > byHeight : byWidth < byHeight;
  // A free side follows the other, whatever that comes to in whole pixels.
  const decides = height === 0 || (width !== 0 && widthDecides) ? 'width' : 'height';
  const factor = decides === 'width' ? byWidth : byHeight;
  if (factor >= 1 && !upscale) return picture;
  // The side that decides is met exactly.
  return { ...scaleSize(picture, factor), [decides]: box[decides] };
}

/** Of `fill` and `stretch`: the box itself or, without `upscale`, as much of each side as the picture has. */
export function coverSize(picture: Size, box: Size, upscale: boolean): Size {
  if (upscale) return box;
  return {
    width: Math.min(box.width, picture.width),
    height: Math.min(box.height, picture.height),
  };
}

/** Of `adaptive-fit-in`: the box on its side, when the picture lies the other way. */
export function adaptBox(picture: Size, box: Size): Size {
  const crosswise = (picture.width - picture.height) * (box.width - box.height) < 0;
  return crosswise ? { width: box.height, height: box.width } : box;
}

/** A share of a size in whole pixels, rounded down; the size itself where a side would be nothing, as Thumbor has it. */
export function proportionOf(size: Size, share: number): Size {
  const width = Math.floor(size.width * share);
  const height = Math.floor(size.height * share);
  return width > 0 && height > 0 ? { width, height } : size;
}

/** How large a result may be. */
export interface SizeLimits {
  /** Of the longer side. */
  readonly maxSide: number;
  /** Of one frame. */
  readonly maxPixels: number;
}

/** The size within the limits, ratio kept. */
export function withinLimits(size: Size, { maxSide, maxPixels }: SizeLimits): Size {
  const factor = Math.min(
    maxSide / Math.max(size.width, size.height),
    Math.sqrt(maxPixels / (size.width * size.height)),
  );
  if (factor >= 1) return size;
  // Down, so that rounding does not lead out of them again.
  return {
    width: Math.max(1, Math.floor(size.width * factor)),
    height: Math.max(1, Math.floor(size.height * factor)),
  };
}
