import type { ImageFormat, ImagePlan, ImageStep } from '@bkend/storage-contract';
import type { SizeLimits } from '../geometry/target-size.ts';
import { type Canvas, mapFrames, open, read } from './canvas.ts';
import { decode, type FindFaces } from './decode.ts';
import { type Animation, encodeAs, encodeWithin } from './encode.ts';
import { chooseFormat, mediaType } from './formats.ts';
import { type Source, unreadable } from './source.ts';
import { applyColour } from './steps/colour.ts';
import { layLabel, roundCorners } from './steps/overlay.ts';
import { applyPixels } from './steps/pixels.ts';
import { applyRoom } from './steps/room.ts';
import { trimCanvas } from './steps/trim.ts';
import { layMark } from './watermark.ts';

export interface RenderInput {
  readonly plan: ImagePlan;
  readonly source: Source;
  /** Pictures that are laid over this one, by key. */
  readonly overlays: ReadonlyMap<string, Source>;
  readonly accepted: readonly ImageFormat[];
  /** Pixels are those of all frames together. */
  readonly limits: SizeLimits;
  readonly findFaces?: FindFaces;
}

/** A picture as it is sent. */
export interface Rendering {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Not quite what was asked for, and the next try may do better: not to be kept for long. */
  readonly provisional?: boolean;
}

/** Told how long each part of a rendering took. */
export type OnTimed = (part: 'decode' | 'steps' | 'encode' | 'all', milliseconds: number) => void;

/** @throws `file/invalid-format` when the source turns out not to be readable, `common/unavailable` when it takes too long */
export async function render(input: RenderInput, onTimed: OnTimed = () => {}): Promise<Rendering> {
  try {
    return await run(input, onTimed);
  } catch (error) {
    return unreadable(error);
  }
}

async function run(asked: RenderInput, onTimed: OnTimed): Promise<Rendering> {
  const input = { ...asked, source: sourceFor(asked) };
  const { plan, source } = input;
  const start = performance.now();
  if (plan.steps.length === 0 && plan.output.maxBytes === undefined && !flipsFrames(input)) {
    // In one go: the result is never in memory as pixels.
    const { picture, layout } = await decode(withinFrames(input));
    const pixels = layout.size.width * layout.size.height * source.frames;
    const format = formatOf(input, pixels, source.header.hasAlpha);
    const bytes = await encodeAs(picture, format, { output: plan.output, pixels }).toBuffer();
    onTimed('all', performance.now() - start);
    return { bytes, contentType: mediaType(format) };
  }
  const decoded = await decodeCanvas(input);
  const afterDecode = performance.now();
  onTimed('decode', afterDecode - start);
  const canvas = await applySteps(decoded, input);
  const afterSteps = performance.now();
  onTimed('steps', afterSteps - afterDecode);
  const rendering = await encodeCanvas(canvas, input);
  onTimed('encode', performance.now() - afterSteps);
  return rendering;
}

/** The picture after its geometry and its steps, before it is written. */
export async function renderCanvas(input: RenderInput): Promise<Canvas> {
  return applySteps(await decodeCanvas(input), input);
}

async function decodeCanvas(input: RenderInput): Promise<Canvas> {
  const { picture, layout } = await decode(withinFrames(input));
  const canvas = await read(picture, { frames: input.source.frames, room: layout.canvas });
  return flipsFrames(input) ? mapFrames(canvas, (frame) => frame.flip()) : canvas;
}

/** Whether each frame is to be turned over by itself, which {@link decode} cannot do. */
function flipsFrames({ plan, source }: RenderInput): boolean {
  return plan.flipY && source.frames > 1;
}

/** What the limits leave to each frame. */
function withinFrames(input: RenderInput): RenderInput {
  const { maxSide, maxPixels } = input.limits;
  return { ...input, limits: { maxSide, maxPixels: Math.max(1, maxPixels / input.source.frames) } };
}

/** Of an animation, the first frame when the format that was named has no more. */
function sourceFor({ plan, source }: RenderInput): Source {
  const { format = 'gif' } = plan.output;
  if (source.frames === 1 || format === 'gif' || format === 'webp') return source;
  return { ...source, frames: 1, options: { ...source.options, pages: 1 } };
}

async function applySteps(canvas: Canvas, input: RenderInput): Promise<Canvas> {
  let current = canvas;
  for (const step of input.plan.steps) current = await applyStep(current, step, input);
  return current;
}

async function applyStep(canvas: Canvas, step: ImageStep, input: RenderInput): Promise<Canvas> {
  switch (step.do) {
    case 'blur':
    case 'sharpen':
    case 'linear':
    case 'modulate':
    case 'grayscale':
    case 'invert':
      return applyColour(canvas, step);
    case 'equalize':
    case 'noise':
    case 'pixelate':
      return applyPixels(canvas, step);
    case 'background':
    case 'fill':
    case 'pad':
    case 'rotate':
    case 'crop':
      return applyRoom(canvas, step, withinFrames(input).limits);
    case 'trim':
      return trimCanvas(canvas, step);
    case 'round-corner':
      return roundCorners(canvas, step);
    case 'label':
      return layLabel(canvas, step);
    case 'watermark': {
      const mark = input.overlays.get(step.key);
      return mark ? layMark(canvas, step, { mark, limits: input.limits }) : canvas;
    }
  }
}

async function encodeCanvas(canvas: Canvas, input: RenderInput): Promise<Rendering> {
  const { output } = input.plan;
  const { frames } = canvas;
  const { delay, loop } = input.source.header;
  const animation: Animation =
    frames === 1
      ? {}
      : { ...(delay && { delay: delay.slice(0, frames) }), ...(loop !== undefined && { loop }) };
  const pixels = canvas.width * canvas.height * frames;
  const format = formatOf(input, pixels, canvas.channels === 4);
  const options = { output, pixels, animation };
  const bytes =
    output.maxBytes === undefined
      ? await encodeAs(open(canvas), format, options).toBuffer()
      : await encodeWithin(output.maxBytes, { open: () => open(canvas), format, ...options });
  return { bytes, contentType: mediaType(format) };
}

function formatOf({ plan, accepted, source }: RenderInput, pixels: number, hasAlpha: boolean): ImageFormat {
  const named = plan.output.format;
  return chooseFormat({ ...(named && { named }), accepted, source, pixels, hasAlpha });
}
