import { mapFrames } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

export const invert: StepDefinition<Step<'invert'>> = {
  rate: () => passRate + 2,
  apply: (canvas) => mapFrames(canvas, (frame) => frame.negate({ alpha: false })),
};
