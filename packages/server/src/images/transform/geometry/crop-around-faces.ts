import { type FocalPoint, focus } from './crop-box.ts';
import { type Box, clamp, type Size } from './size.ts';

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
