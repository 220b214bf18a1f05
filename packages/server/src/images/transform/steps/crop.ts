import { mapFrames } from '../canvas.ts';
import { type Box, clamp, type Size } from '../geometry/size.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

export const crop: StepDefinition<Step<'crop'>> = {
  rate: () => passRate + 2,
  apply: (canvas, step) => {
    const box = boxOf(canvas, step);
    return mapFrames({ ...canvas, frameBox: box }, (frame) => frame.extract(box));
  },
};

/** The requested part, as far as it lies on the image; the whole image where none of it does. Numbers below 1 are shares. */
function boxOf({ width, height }: Size, step: Step<'crop'>): Box {
  const pixels = (value: number, side: number) =>
    Math.round(step.relative || value < 1 ? value * side : value);
  const left = pixels(step.left, width);
  const top = pixels(step.top, height);
  if (left >= width || top >= height) return { left: 0, top: 0, width, height };
  return {
    left,
    top,
    width: clamp(pixels(step.width, width), 1, width - left),
    height: clamp(pixels(step.height, height), 1, height - top),
  };
}
