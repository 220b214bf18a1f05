import type { ImageStep } from '@bkend/storage-contract';
import { type Canvas, open, read } from '../canvas.ts';
import { colourOf } from './room.ts';

/** Before libvips looks for a border it takes the median of this many pixels each way. */
export const minTrimmed = 3;

/**
 * Cuts off a border of one corner's colour, as far as it has become one by now. Animations are left alone, as by imagor:
 * their frames would come to different sizes.
 */
export async function trimCanvas(
  canvas: Canvas,
  { from, tolerance }: Extract<ImageStep, { do: 'trim' }>,
): Promise<Canvas> {
  if (canvas.frames > 1 || canvas.width < minTrimmed || canvas.height < minTrimmed) return canvas;
  const background = colourOf(canvas, from === 'top-left' ? 'auto' : 'auto-bottom-right');
  const trimmed = await read(open(canvas).trim({ threshold: Math.max(1, tolerance), background }), canvas);
  return { ...trimmed, room: { width: trimmed.width, height: trimmed.height } };
}
