import type { Matrix3x3 } from 'sharp';
import { mapFrames } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** ITU-R BT.709, section 3.2. */
const luma: Matrix3x3 = [
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
];

/** sharp's own `grayscale()` removes the other channels, and alpha with them. */
export const grayscale: StepDefinition<Step<'grayscale'>> = {
  rate: () => passRate + 14,
  apply: (canvas) => mapFrames(canvas, (frame) => frame.recomb(luma)),
};
