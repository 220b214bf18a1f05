import { mapFrames } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** The least deviation that libvips blurs by. */
const minSigma = 0.3;

export const blur: StepDefinition<Step<'blur'>> = {
  rate: ({ sigma }) => passRate + 6 + 0.9 * sigma,
  apply: (canvas, { sigma }) => mapFrames(canvas, (frame) => frame.blur(Math.max(minSigma, sigma))),
};
