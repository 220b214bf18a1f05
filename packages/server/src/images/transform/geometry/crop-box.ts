import type { FocalRegion, ImageBox, ImagePlan } from '@bkend/storage-contract';
import { type Box, clamp, round, type Size } from './size.ts';

/** A point to crop around, in pixels, and its weight. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

const alignment = { left: 0, top: 0, center: 0.5, middle: 0.5, right: 1, bottom: 1 } as const;

/**
 * The part of an image that a crop names, cut at the edges of the image; the whole image when nothing would be left. Numbers of
 * which none is above 1 are shares of the sides.
 */
export function cropBox(image: Size, crop: ImageBox): Box {
  const relative = crop.left < 1 && crop.top < 1 && crop.right <= 1 && crop.bottom <= 1;
  const x = (value: number) => clamp(Math.round(relative ? value * image.width : value), 0, image.width);
  const y = (value: number) => clamp(Math.round(relative ? value * image.height : value), 0, image.height);
  const left = x(crop.left);
  const top = y(crop.top);
  const width = x(crop.right) - left;
  const height = y(crop.bottom) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : { left: 0, top: 0, ...image };
}

/** The intersection of two boxes; the first box when it is empty. */
export function intersectBoxes(a: Box, b: Box): Box {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  const height = Math.min(a.top + a.height, b.top + b.height) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : a;
}

/** A region as a point weighted by its area, as in Thumbor; a region without extent weighs 1. */
export function focalPoint(image: Size, region: FocalRegion): FocalPoint {
  const relative = region.right <= 1 && region.bottom <= 1;
  const [scaleX, scaleY] = relative ? [image.width, image.height] : [1, 1];
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
 * The points relative to the corner of the used part of the image. Points that a crop has cut off are left out; points beyond
 * an edge of the image itself draw the crop towards it, as in Thumbor.
 */
export function pointsWithin(
  points: readonly FocalPoint[],
  { part, cropped }: { part: Box; cropped: boolean },
): FocalPoint[] {
  return points
    .map((point) => ({ ...point, x: point.x - part.left, y: point.y - part.top }))
    .filter(({ x, y }) => !cropped || (x >= 0 && y >= 0 && x <= part.width && y <= part.height));
}

/** The points' weighted centre of mass; without points, the point that the alignment names. */
export function focus(
  image: Size,
  points: readonly FocalPoint[],
  align: Pick<ImagePlan, 'halign' | 'valign'>,
): { readonly x: number; readonly y: number } {
  if (points.length === 0) {
    return {
      x: Math.floor(image.width * alignment[align.halign]),
      y: Math.floor(image.height * alignment[align.valign]),
    };
  }
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  return {
    x: points.reduce((sum, { x, weight }) => sum + x * weight, 0) / total,
    y: points.reduce((sum, { y, weight }) => sum + y * weight, 0) / total,
  };
}

/**
 * The part of an image that fills a box of another ratio, around a point and moved into the image where it would reach beyond
 * an edge: Thumbor's crop. As with Thumbor, ratios that agree to two decimals are not cropped.
 */
export function fillingBox(image: Size, target: Size, around: { x: number; y: number }): Box {
  const ratio = (size: Size) => round((size.width / size.height) * 100);
  if (ratio(image) === ratio(target)) return { left: 0, top: 0, ...image };
  const flatter = target.width / image.width > target.height / image.height;
  const width = flatter
    ? image.width
    : Math.min(image.width, Math.ceil((target.width * image.height) / target.height));
  const height = flatter ? Math.max(1, round((image.width * target.height) / target.width)) : image.height;
  return {
    left: round(clamp(around.x - width / 2, 0, image.width - width)),
    top: round(clamp(around.y - height / 2, 0, image.height - height)),
    width,
    height,
  };
}

/**
 * The point that a crop of this size goes around when there are faces: as with Thumbor, their centre of mass by area, moved so
 * that no face is cut that fits. Where not all faces fit, the largest come first.
 */
export function aroundFaces(crop: Size, faces: readonly Box[]): { readonly x: number; readonly y: number } {
  const [largest, ...others] = faces.toSorted((a, b) => b.width * b.height - a.width * a.height);
  if (!largest) throw new Error('there are no faces to cut around');
  let held: Box = largest;
  const kept: Box[] = [largest];
  for (const face of others) {
    const both = enclose(held, face);
    if (both.width > crop.width || both.height > crop.height) continue;
    held = both;
    kept.push(face);
  }
  const centre = focus(crop, kept.map(middle), { halign: 'center', valign: 'middle' });
  return {
    x: holding(centre.x, { from: held.left, length: held.width, crop: crop.width }),
    y: holding(centre.y, { from: held.top, length: held.height, crop: crop.height }),
  };
}

/** The faces whose middle is in a part of the image, counted from its corner. */
export function facesWithin(faces: readonly Box[], part: Box): Box[] {
  return faces
    .map((face) => ({ ...face, left: face.left - part.left, top: face.top - part.top }))
    .filter((face) => {
      const { x, y } = middle(face);
      return x >= 0 && y >= 0 && x <= part.width && y <= part.height;
    });
}

/** The centre nearest to `centre` of a crop that contains a whole stretch; the middle of a stretch that is too long. */
function holding(
  centre: number,
  { from, length, crop }: { readonly from: number; readonly length: number; readonly crop: number },
): number {
  if (length > crop) return from + length / 2;
  return clamp(centre, from + length - crop / 2, from + crop / 2);
}

function middle({ left, top, width, height }: Box): FocalPoint {
  return { x: left + width / 2, y: top + height / 2, weight: width * height };
}

function enclose(a: Box, b: Box): Box {
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  return {
    left,
    top,
    width: Math.max(a.left + a.width, b.left + b.width) - left,
    height: Math.max(a.top + a.height, b.top + b.height) - top,
  };
}
