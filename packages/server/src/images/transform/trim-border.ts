import type { ImageTrim } from '@bkend/storage-contract';
import { type Canvas, cornerColour, open } from './canvas.ts';
import type { Box } from './geometry/size.ts';

/** Before libvips looks for a border, it takes the median of this number of pixels along each axis. */
export const minTrimmed = 3;

/** The box inside a border of one corner's colour and opacity; undefined where there would be nothing left. */
export async function borderOf(canvas: Canvas, { from, tolerance }: ImageTrim): Promise<Box | undefined> {
  const background = cornerColour(canvas, from);
  const { info } = await open(canvas)
    .trim({ threshold: Math.max(1, tolerance), background })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.trimOffsetLeft === undefined || info.trimOffsetTop === undefined) return undefined;
  const { width, height } = info;
  return { left: -info.trimOffsetLeft, top: -info.trimOffsetTop, width, height };
}
