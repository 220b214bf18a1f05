import { clamp } from '../geometry/size.ts';
import { eachPixel } from './colour.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Equal images get equal noise, so that a rendition can be cached and compared. */
export const noise: StepDefinition<Step<'noise'>> = {
  rate: () => passRate + 24,
  isScript: true,
  apply: async (canvas, { amount }) => {
    const out = Buffer.from(canvas.pixels);
    const reach = (amount * 255) / 100;
    let state = 0x9e3779b9;
    await eachPixel(canvas, (offset) => {
      // xorshift32 (Marsaglia, "Xorshift RNGs", 2003).
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const change = ((state >>> 0) / 0xffffffff - 0.5) * reach;
      for (let channel = offset; channel < offset + 3; channel++)
        out[channel] = clamp((out[channel] ?? 0) + change, 0, 255);
    });
    return { ...canvas, pixels: out };
  },
};
