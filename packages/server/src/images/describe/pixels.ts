import { type Canvas, open } from '../pipeline/canvas.ts';

/** A small picture, row by row; four channels carry alpha. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** The first frame, no longer on either side than this. */
export async function shrink(canvas: Canvas, maxSide: number): Promise<Pixels> {
  const { width, height, channels } = canvas;
  const still: Canvas = {
    ...canvas,
    frames: 1,
    pixels: canvas.pixels.subarray(0, width * height * channels),
  };
  const { data, info } = await open(still)
    .resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels };
}
