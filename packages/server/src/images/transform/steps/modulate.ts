import { mapFrames } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** `saturation()`, `hue()` and `modulate()`. */
export const modulate: StepDefinition<Step<'modulate'>> = {
  rate: () => passRate + 75,
  apply: (canvas, { brightness, saturation, hueDegrees }) =>
    mapFrames(canvas, (frame) => frame.modulate({ brightness, saturation, hue: Math.round(hueDegrees) })),
};
