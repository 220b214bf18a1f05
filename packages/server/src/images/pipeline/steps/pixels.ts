import { setImmediate } from 'node:timers/promises';
import type { ImageStep } from '@bkend/storage-contract';
import { clamp } from '../../geometry/size.ts';
import { type Canvas, mapFrameCanvases, open, read } from '../canvas.ts';

type PixelStep = Extract<ImageStep, { do: 'equalize' | 'noise' | 'pixelate' }>;

/** What is done pixel by pixel, for which libvips has no operation that sharp passes on. */
export function applyPixels(canvas: Canvas, step: PixelStep): Promise<Canvas> {
  switch (step.do) {
    case 'equalize':
      return mapFrameCanvases(canvas, equalize);
    case 'noise':
      return addNoise(canvas, step.amount);
    case 'pixelate':
      return mapFrameCanvases(canvas, (frame) => pixelate(frame, step.sizePx));
  }
}

const pixelsASlice = 250_000;

/** Goes over the places of all pixels, and lets other requests in now and then. */
async function eachPixel({ pixels, channels }: Canvas, work: (at: number) => void): Promise<void> {
  const slice = pixelsASlice * channels;
  for (let from = 0; from < pixels.length; from += slice) {
    const to = Math.min(from + slice, pixels.length - channels + 1);
    for (let at = from; at < to; at += channels) work(at);
    await setImmediate();
  }
}

/** Spreads each channel so that its values are used equally often. */
async function equalize(frame: Canvas): Promise<Canvas> {
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

/** The same noise for the same picture, so that a result can be cached and compared. */
async function addNoise(canvas: Canvas, amount: number): Promise<Canvas> {
  const out = Buffer.from(canvas.pixels);
  const reach = (amount * 255) / 100;
  let state = 0x9e3779b9;
  await eachPixel(canvas, (at) => {
    // xorshift32 (Marsaglia, "Xorshift RNGs", 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const noise = ((state >>> 0) / 0xffffffff - 0.5) * reach;
    for (let channel = at; channel < at + 3; channel++)
      out[channel] = clamp((out[channel] ?? 0) + noise, 0, 255);
  });
  return { ...canvas, pixels: out };
}

async function pixelate(frame: Canvas, sizePx: number): Promise<Canvas> {
  const { width, height } = frame;
  const columns = Math.max(1, Math.round(width / sizePx));
  const rows = Math.max(1, Math.round(height / sizePx));
  const small = await read(open(frame).resize(columns, rows, { fit: 'fill' }), frame);
  return read(open(small).resize(width, height, { fit: 'fill', kernel: 'nearest' }), frame);
}
