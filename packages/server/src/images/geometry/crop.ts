import type { FocalRegion, ImageBox, ImagePlan } from '@bkend/storage-contract';
import { type Box, clamp, round, type Size } from './size.ts';

/** A place that matters and how much; in pixels. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

const alignment = { left: 0, top: 0, center: 0.5, middle: 0.5, right: 1, bottom: 1 } as const;

/**
 * The part of a picture that a crop asks for, cut to what there is; all of it when nothing would be left. Numbers of
 * which none is above 1 are shares of the sides.
 */
export function cropBox(picture: Size, crop: ImageBox): Box {
  const relative = crop.left < 1 && crop.top < 1 && crop.right <= 1 && crop.bottom <= 1;
  const x = (value: number) => clamp(Math.round(relative ? value * picture.width : value), 0, picture.width);
  const y = (value: number) =>
    clamp(Math.round(relative ? value * picture.height : value), 0, picture.height);
  const left = x(crop.left);
  const top = y(crop.top);
  const width = x(crop.right) - left;
  const height = y(crop.bottom) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : { left: 0, top: 0, ...picture };
}

/** What two parts have in common; the first when that is nothing. */
export function intersectBoxes(a: Box, b: Box): Box {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  const height = Math.min(a.top + a.height, b.top + b.height) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : a;
}

/** A region as a point that weighs its area, as Thumbor weighs it; a region without extent weighs 1. */
export function focalPoint(picture: Size, region: FocalRegion): FocalPoint {
  const relative = region.right <= 1 && region.bottom <= 1;
  const [scaleX, scaleY] = relative ? [picture.width, picture.height] : [1, 1];
  const left = region.left * scaleX;
  const top = region.top * scaleY;
  const width = region.right * scaleX - left;
  const height = region.bottom * scaleY - top;
  return {
    x: Math.floor(left + Math.floor(width / 2)),
    y: Math.floor(top + Math.floor(height / 2)),
    weight: width * height || 1,
  };
}

/**
 * The points, counted from the corner of the part of the picture that is used. Those that a crop has cut off count no
 * more; those beyond an edge of the picture itself draw the crop towards it, as in Thumbor.
 */
export function pointsWithin(
  points: readonly FocalPoint[],
  { part, cropped }: { part: Box; cropped: boolean },
): FocalPoint[] {
  return points
    .map((point) => ({ ...point, x: point.x - part.left, y: point.y - part.top }))
    .filter(({ x, y }) => !cropped || (x >= 0 && y >= 0 && x <= part.width && y <= part.height));
}

/** The points' weighted centre of mass; without points, the place the alignment names. */
export function focus(
  picture: Size,
  points: readonly FocalPoint[],
  align: Pick<ImagePlan, 'halign' | 'valign'>,
): { readonly x: number; readonly y: number } {
  if (points.length === 0) {
    return {
      x: Math.floor(picture.width * alignment[align.halign]),
      y: Math.floor(picture.height * alignment[align.valign]),
    };
  }
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  return {
    x: points.reduce((sum, { x, weight }) => sum + x * weight, 0) / total,
    y: points.reduce((sum, { y, weight }) => sum + y * weight, 0) / total,
  };
}

/**
 * The part of a picture that fills a box of another ratio, around a place that matters and moved into the picture
 * where it would stick out: Thumbor's crop. Ratios that agree to two decimals are not worth a crop to Thumbor.
 */
export function fillingBox(picture: Size, target: Size, around: { x: number; y: number }): Box {
  const ratio = (size: Size) => round((size.width / size.height) * 100);
  if (ratio(picture) === ratio(target)) return { left: 0, top: 0, ...picture };
  const flatter = target.width / picture.width > target.height / picture.height;
  const width = flatter
    ? picture.width
    : Math.min(picture.width, Math.ceil((target.width * picture.height) / target.height));
  const height = flatter
    ? Math.max(1, round((picture.width * target.height) / target.width))
    : picture.height;
  return {
    left: round(clamp(around.x - width / 2, 0, picture.width - width)),
    top: round(clamp(around.y - height / 2, 0, picture.height - height)),
    width,
    height,
  };
}
