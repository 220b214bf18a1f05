import { setImmediate } from 'node:timers/promises';
import { type Canvas, mapFrameCanvases } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

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

const pixelsASlice = 250_000;

/** Calls `work` with the offset of each pixel, and lets other requests run after every 250,000. */
export async function eachPixel({ pixels, channels }: Canvas, work: (offset: number) => void): Promise<void> {
  const slice = pixelsASlice * channels;
  for (let from = 0; from < pixels.length; from += slice) {
    const to = Math.min(from + slice, pixels.length - channels + 1);
    for (let offset = from; offset < to; offset += channels) work(offset);
    await setImmediate();
  }
}
