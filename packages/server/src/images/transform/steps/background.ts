import { type Canvas, mapFrameCanvases, open, read } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Lays an image over one colour. */
export const background: StepDefinition<Step<'background'>> = {
  filter: 'background_color',
  rate: () => passRate + 9,
  shapeAfter: (shape) => ({ ...shape, hasAlpha: false }),
  apply: (canvas, { colour }) =>
    mapFrameCanvases(canvas, (frame) =>
      read(open(frame).flatten({ background: colourOf(frame, colour) }), frame),
    ),
};

/** `auto` is the colour of the first pixel, `auto-bottom-right` that of the last: usually the colour of the border. */
export function colourOf({ pixels, channels }: Canvas, colour: string): { r: number; g: number; b: number } {
  if (colour === 'auto' || colour === 'auto-bottom-right') {
    const [r = 0, g = 0, b = 0] = pixels.subarray(colour === 'auto' ? 0 : -channels);
    return { r, g, b };
  }
  const value = Number.parseInt(colour, 16);
  return { r: value >> 16, g: (value >> 8) & 0xff, b: value & 0xff };
}
