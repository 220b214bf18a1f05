import type { Sharp } from 'sharp';
import { engine, maxSeconds } from './engine.ts';
import type { Size } from './geometry/size.ts';

/** A decoded image between two steps: 8-bit sRGB with or without alpha, the frames one below the other. */
export interface Canvas extends Size {
  /** Height of one frame is `height`; there are `frames` of them. */
  readonly frames: number;
  readonly channels: 3 | 4;
  readonly pixels: Buffer;
  /** The box that `fill()` fills. */
  readonly frameBox: Size;
}

/** Opens a canvas for a pipeline of libvips. */
export function open({ pixels, width, height, frames, channels }: Canvas): Sharp {
  return engine(pixels, {
    raw: {
      width,
      height: height * frames,
      channels,
      ...(frames > 1 && { pageHeight: height }),
    },
    limitInputPixels: false,
  }).timeout({ seconds: maxSeconds });
}

/** Applies an operation to each frame as to an image of its own. The operation must change all frames to one size. */
export async function mapFrames(canvas: Canvas, work: (frame: Sharp) => Sharp): Promise<Canvas> {
  return mapFrameCanvases(canvas, (frame) => read(work(open(frame)), frame));
}

/** {@link mapFrames} for operations that read the frame. */
export async function mapFrameCanvases(
  canvas: Canvas,
  work: (frame: Canvas) => Promise<Canvas>,
): Promise<Canvas> {
  if (canvas.frames === 1) return work(canvas);
  const done: Canvas[] = [];
  for (const frame of framesOf(canvas)) done.push(await work(frame));
  const [first] = done;
  if (first === undefined) return canvas;
  const { width, height, channels, frameBox } = first;
  const pixels = Buffer.concat(done.map((frame) => frame.pixels));
  return { ...canvas, width, height, channels, frameBox, pixels };
}

/** Each frame as a canvas of its own. */
export function* framesOf(canvas: Canvas): Generator<Canvas> {
  const bytes = canvas.width * canvas.height * canvas.channels;
  for (let frame = 0; frame < canvas.frames; frame++) {
    yield { ...canvas, frames: 1, pixels: canvas.pixels.subarray(frame * bytes, (frame + 1) * bytes) };
  }
}

/** Runs a pipeline into a canvas, with the frames and the frame box of the canvas before. */
export async function read(work: Sharp, before: Omit<Canvas, 'pixels' | 'channels' | 'width' | 'height'>) {
  const { data, info } = await work
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { channels } = info;
  if (channels !== 3 && channels !== 4) throw new Error(`sRGB does not have ${channels} channels`);
  const canvas: Canvas = {
    ...before,
    width: info.width,
    height: info.height / before.frames,
    channels,
    pixels: data,
  };
  return canvas;
}

/** With an alpha channel, opaque where there was none. */
export async function withAlpha(canvas: Canvas): Promise<Canvas> {
  return canvas.channels === 4 ? canvas : mapFrames(canvas, (frame) => frame.ensureAlpha());
}

/** A colour of 0 to 255 in each channel, and its opacity of 0 to 1. */
export interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}

/** The colour and opacity of the first or the last pixel: usually those of the border. */
export function cornerColour({ pixels, channels }: Canvas, corner: 'top-left' | 'bottom-right'): Colour {
  const [r = 0, g = 0, b = 0, alpha = 255] = pixels.subarray(corner === 'top-left' ? 0 : -channels);
  return { r, g, b, alpha: channels === 4 ? alpha / 255 : 1 };
}
