import { setImmediate } from 'node:timers/promises';
import type { Matrix3x3 } from 'sharp';
import { type Canvas, mapFrameCanvases, mapFrames, open, read } from '../canvas.ts';
import { clamp } from '../geometry/size.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** The least deviation that libvips blurs by. */
const minSigma = 0.3;

export const blur: StepDefinition<Step<'blur'>> = {
  rate: ({ sigma }) => passRate + 6 + 0.9 * sigma,
  apply: (canvas, { sigma }) => mapFrames(canvas, (frame) => frame.blur(Math.max(minSigma, sigma))),
};

/** Flat areas stay as they are (`m1`), edges are sharpened (`m2`). */
export const sharpen: StepDefinition<Step<'sharpen'>> = {
  rate: ({ sigma }) => passRate + 90 + 6 * sigma,
  apply: (canvas, { sigma, amount }) =>
    mapFrames(canvas, (frame) => frame.sharpen({ sigma, m1: 0, m2: Math.min(2 * amount, 1_000) })),
};

/** `brightness()`, `contrast()` and `rgb()`. */
export const linear: StepDefinition<Step<'linear'>> = {
  filter: 'brightness',
  rate: () => passRate + 14,
  apply: (canvas, { gain, offset }) =>
    mapFrames(canvas, (frame) => frame.linear([gain, gain, gain], [...offset])),
};

/** `saturation()`, `hue()` and `modulate()`. */
export const modulate: StepDefinition<Step<'modulate'>> = {
  rate: () => passRate + 75,
  apply: (canvas, { brightness, saturation, hueDegrees }) =>
    mapFrames(canvas, (frame) => frame.modulate({ brightness, saturation, hue: Math.round(hueDegrees) })),
};

/** ITU-R BT.709, section 3.2. */
const luma: Matrix3x3 = [
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
];

/** sharp's own `grayscale()` removes the other channels, and alpha with them. */
export const grayscale: StepDefinition<Step<'grayscale'>> = {
  rate: () => passRate + 14,
  apply: (canvas) => mapFrames(canvas, (frame) => frame.recomb(luma)),
};

export const invert: StepDefinition<Step<'invert'>> = {
  rate: () => passRate + 2,
  apply: (canvas) => mapFrames(canvas, (frame) => frame.negate({ alpha: false })),
};

/** libvips has no operation for this that sharp passes on. */
export const equalize: StepDefinition<Step<'equalize'>> = {
  rate: () => passRate + 76,
  isScript: true,
  apply: (canvas) => mapFrameCanvases(canvas, spreadChannels),
};

/** Maps each channel so that its values are used equally often. */
async function spreadChannels(frame: Canvas): Promise<Canvas> {
  const { pixels } = frame;
  const histograms = [new Float64Array(256), new Float64Array(256), new Float64Array(256)];
  await eachPixel(frame, (at) => {
    for (const [channel, histogram] of histograms.entries()) {
      const value = pixels[at + channel] ?? 0;
      histogram[value] = (histogram[value] ?? 0) + 1;
    }
  });
  const total = frame.width * frame.height;
  const spreads = histograms.map((histogram) => {
    let sum = 0;
    return histogram.map((count) => {
      sum += count;
      return Math.round(((sum - count / 2) / total) * 255);
    });
  });
  const out = Buffer.from(pixels);
  await eachPixel(frame, (at) => {
    for (const [channel, spread] of spreads.entries())
      out[at + channel] = spread[pixels[at + channel] ?? 0] ?? 0;
  });
  return { ...frame, pixels: out };
}

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

export const pixelate: StepDefinition<Step<'pixelate'>> = {
  rate: () => passRate + 9,
  apply: (canvas, { sizePx }) =>
    mapFrameCanvases(canvas, async (frame) => {
      const { width, height } = frame;
      const columns = Math.max(1, Math.round(width / sizePx));
      const rows = Math.max(1, Math.round(height / sizePx));
      const small = await read(open(frame).resize(columns, rows, { fit: 'fill' }), frame);
      return read(open(small).resize(width, height, { fit: 'fill', kernel: 'nearest' }), frame);
    }),
};

const pixelsASlice = 250_000;

/** Calls `work` with the offset of each pixel, and lets other requests run after every 250,000. */
async function eachPixel({ pixels, channels }: Canvas, work: (offset: number) => void): Promise<void> {
  const slice = pixelsASlice * channels;
  for (let from = 0; from < pixels.length; from += slice) {
    const to = Math.min(from + slice, pixels.length - channels + 1);
    for (let offset = from; offset < to; offset += channels) work(offset);
    await setImmediate();
  }
}
