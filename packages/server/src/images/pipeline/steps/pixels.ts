import type { ImageStep } from '@bkend/storage-contract';
import { clamp } from '../../geometry/size.ts';
import { type Canvas, mapFrameCanvases, open, read } from '../canvas.ts';

type PixelStep = Extract<ImageStep, { do: 'equalize' | 'noise' | 'pixelate' }>;

/** What is done pixel by pixel, for which libvips has no operation that sharp passes on. */
export function applyPixels(canvas: Canvas, step: PixelStep): Promise<Canvas> {
  switch (step.do) {
    case 'equalize':
      return mapFrameCanvases(canvas, async (frame) => ({ ...frame, pixels: equalize(frame) }));
    case 'noise':
      return Promise.resolve({ ...canvas, pixels: addNoise(canvas, step.amount) });
    case 'pixelate':
      return mapFrameCanvases(canvas, (frame) => pixelate(frame, step.sizePx));
  }
}

/** Spreads each channel so that its values are used equally often. */
function equalize({ pixels, channels }: Canvas): Buffer {
  const out = Buffer.from(pixels);
  for (let channel = 0; channel < 3; channel++) {
    const histogram = new Float64Array(256);
    for (let at = channel; at < pixels.length; at += channels) {
      const value = pixels[at] ?? 0;
      histogram[value] = (histogram[value] ?? 0) + 1;
    }
    const total = pixels.length / channels;
    let sum = 0;
    const spread = histogram.map((count) => {
      sum += count;
      return Math.round(((sum - count / 2) / total) * 255);
    });
    for (let at = channel; at < pixels.length; at += channels) out[at] = spread[pixels[at] ?? 0] ?? 0;
  }
  return out;
}

/** The same noise for the same picture, so that a result can be cached and compared. */
function addNoise({ pixels, channels }: Canvas, amount: number): Buffer {
  const out = Buffer.from(pixels);
  const reach = (amount * 255) / 100;
  let state = 0x9e3779b9;
  for (let at = 0; at + 2 < out.length; at += channels) {
    // xorshift32 (Marsaglia, "Xorshift RNGs", 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const noise = ((state >>> 0) / 0xffffffff - 0.5) * reach;
    for (let channel = at; channel < at + 3; channel++)
      out[channel] = clamp((out[channel] ?? 0) + noise, 0, 255);
  }
  return out;
}

async function pixelate(frame: Canvas, sizePx: number): Promise<Canvas> {
  const { width, height } = frame;
  const columns = Math.max(1, Math.round(width / sizePx));
  const rows = Math.max(1, Math.round(height / sizePx));
  const small = await read(open(frame).resize(columns, rows, { fit: 'fill' }), frame);
  return read(open(small).resize(width, height, { fit: 'fill', kernel: 'nearest' }), frame);
}
