import { mapFrames } from '../canvas.ts';
import { sidesSwapped } from '../geometry/size.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Turns an image and its frame box clockwise, by quarter turns. */
export const rotate: StepDefinition<Step<'rotate'>> = {
  rate: () => passRate + 9,
  shapeAfter: (shape, { degrees }) =>
    degrees === 180 ? shape : { ...shape, ...sidesSwapped(shape), frameBox: sidesSwapped(shape.frameBox) },
  apply: async (canvas, { degrees }) => {
    const turned = await mapFrames(canvas, (frame) => frame.rotate(degrees));
    return degrees === 180 ? turned : { ...turned, frameBox: sidesSwapped(canvas.frameBox) };
  },
};
