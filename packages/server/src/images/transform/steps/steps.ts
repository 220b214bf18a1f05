import type { ImageStep } from '@bkend/storage-contract';
import { blur, equalize, grayscale, invert, linear, modulate, noise, pixelate, sharpen } from './colour.ts';
import { background, crop, fill, pad, rotate, roundCorner, trim } from './extent.ts';
import { label, watermark } from './overlay.ts';
import type { Step, StepDefinition } from './step.ts';

type StepTable = { readonly [Name in ImageStep['do']]: StepDefinition<Step<Name>> };

/** All steps. A plan applies them in the order of its URL, after the image has its size and before it is encoded. @public */
export const imageSteps: StepTable = {
  blur,
  sharpen,
  linear,
  modulate,
  grayscale,
  invert,
  equalize,
  noise,
  pixelate,
  background,
  fill,
  pad,
  rotate,
  crop,
  trim,
  'round-corner': roundCorner,
  watermark,
  label,
};

/** The definition of a step, to be called with that step alone. */
export function definitionOf(step: ImageStep): StepDefinition<ImageStep> {
  // The table has under each name the definition of the steps of that name.
  return imageSteps[step.do] as StepDefinition<ImageStep>;
}
