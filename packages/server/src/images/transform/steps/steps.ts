import type { ImageStep } from '@bkend/storage-contract';
import { background } from './background.ts';
import { blur } from './blur.ts';
import { equalize } from './colour.ts';
import { crop } from './crop.ts';
import { fill, pad } from './extent.ts';
import { grayscale } from './grayscale.ts';
import { invert } from './invert.ts';
import { label } from './label.ts';
import { linear } from './linear.ts';
import { modulate } from './modulate.ts';
import { noise } from './noise.ts';
import { watermark } from './overlay.ts';
import { pixelate } from './pixelate.ts';
import { rotate } from './rotate.ts';
import { roundCorner } from './round-corner.ts';
import { sharpen } from './sharpen.ts';
import type { Step, StepDefinition } from './step.ts';
import { trim } from './trim.ts';

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
