import { mapFrames } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** `brightness()`, `contrast()` and `rgb()`. */
export const linear: StepDefinition<Step<'linear'>> = {
  filter: 'brightness',
  rate: () => passRate + 14,
  apply: (canvas, { gain, offset }) =>
    mapFrames(canvas, (frame) => frame.linear([gain, gain, gain], [...offset])),
};
