import { mapFrames } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Flat areas stay as they are (`m1`), edges are sharpened (`m2`). */
export const sharpen: StepDefinition<Step<'sharpen'>> = {
  rate: ({ sigma }) => passRate + 90 + 6 * sigma,
  apply: (canvas, { sigma, amount }) =>
    mapFrames(canvas, (frame) => frame.sharpen({ sigma, m1: 0, m2: Math.min(2 * amount, 1_000) })),
};
