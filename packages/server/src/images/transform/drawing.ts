import type { Box, Size } from './geometry/size.ts';
import { drawnSize } from './open-source.ts';
import type { Source } from './source.ts';
import { tooManyPixels } from './source-type.ts';

/** Dots per inch at which an SVG has its own size (CSS Values and Units Level 3 has 96; sharp counts from 72). */
const ownDensity = 72;
const maxDensity = 2_400;
const minDensity = 1;

/** A drawing of fewer pixels is drawn at its own size and scaled down. */
const minReducedPixels = 2_000_000;

/** How an SVG is drawn for a rendition. */
interface Drawing {
  readonly density: number;
  /** In pixels, at that density, before `orient()`. */
  readonly size: Size;
}

export interface DrawingInput {
  /** The drawing's own size, turned as the parts beside it. */
  readonly size: Size;
  readonly part: Box | undefined;
  readonly scaled: Size;
}

/**
 * The density of an SVG: a drawing is drawn larger rather than scaled up, and a large one is drawn smaller rather than scaled down, so
 * that its own size costs nothing.
 * @throws `file/file-too-large` for a drawing that is too large at the lowest density
 */
export async function densityFor(source: Source, input: DrawingInput): Promise<Drawing> {
  const { size, part, scaled } = input;
  const { limitInputPixels } = source.options;
  const maxPixels = typeof limitInputPixels === 'number' ? limitInputPixels : Number.POSITIVE_INFINITY;
  const used = part ?? size;
  const wanted = Math.max(scaled.width / used.width, scaled.height / used.height);
  const isReduced = size.width * size.height > minReducedPixels;
  const affordable = Math.sqrt(maxPixels / (size.width * size.height));
  const factor = Math.min(isReduced ? wanted : Math.max(1, wanted), affordable);
  const density = Math.min(Math.max(ownDensity * factor, minDensity), maxDensity);
  const drawn = density === ownDensity ? source.size : await drawnSize(source, density);
  if (drawn.width * drawn.height > maxPixels * roundingAllowance) throw tooManyPixels(maxPixels);
  return { density, size: drawn };
}

/** Sides are rounded to whole pixels. */
const roundingAllowance = 1.01;

/** The box of a part of one image on the same image in another size. */
export function scaledBox({ left, top, width, height }: Box, from: Size, to: Size): Box {
  const [across, down] = [to.width / from.width, to.height / from.height];
  const x = Math.min(Math.round(left * across), to.width - 1);
  const y = Math.min(Math.round(top * down), to.height - 1);
  return {
    left: x,
    top: y,
    width: Math.max(1, Math.min(Math.round(width * across), to.width - x)),
    height: Math.max(1, Math.min(Math.round(height * down), to.height - y)),
  };
}
