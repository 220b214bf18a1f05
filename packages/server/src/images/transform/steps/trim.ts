import { open, read } from '../canvas.ts';
import { colourOf } from './background.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Before libvips looks for a border, it takes the median of this number of pixels along each axis. */
export const minTrimmed = 3;

/** That median, in nanoseconds for each pixel. */
export const trimRate = 380;

/**
 * Crops a border of one corner's colour, as the steps before have left it. Animations stay as they are, as with imagor:
 * their frames would get different sizes.
 */
export const trim: StepDefinition<Step<'trim'>> = {
  rate: () => passRate + trimRate,
  apply: async (canvas, { from, tolerance }) => {
    if (canvas.frames > 1 || canvas.width < minTrimmed || canvas.height < minTrimmed) return canvas;
    const background = colourOf(canvas, from === 'top-left' ? 'auto' : 'auto-bottom-right');
    const threshold = Math.max(1, tolerance);
    const trimmed = await read(open(canvas).trim({ threshold, background }), canvas);
    return { ...trimmed, frameBox: { width: trimmed.width, height: trimmed.height } };
  },
};
