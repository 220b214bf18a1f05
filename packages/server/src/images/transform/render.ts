import type { ImageFormat, ImagePlan } from '@bkend/storage-contract';
import { type Canvas, mapFrames, open, read } from './canvas.ts';
import { decode, type FindFaces } from './decode.ts';
import { type Animation, chooseFormat, encodeAs, encodeWithin, mediaType } from './encode.ts';
import type { SizeLimits } from './geometry/size.ts';
import type { Source } from './original.ts';
import { unreadable } from './source-type.ts';
import { definitionOf } from './steps/steps.ts';

export interface RenderInput {
  readonly plan: ImagePlan;
  readonly source: Source;
  /** Sources of overlays, by key. */
  readonly overlays: ReadonlyMap<string, Source>;
  /** AVIF and WebP as far as `Accept` names them, best first. */
  readonly accepted: readonly ImageFormat[];
  /** Limits of the rendition, its pixels counted over all frames. */
  readonly limits: SizeLimits;
  readonly findFaces?: FindFaces;
}

/** An encoded result made from an original by an image plan. */
export interface Rendition {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Made without something that failed for the moment (faces): cached for a minute at most. */
  readonly provisional?: boolean;
}

/** Reports the duration of each part of a rendition. */
export type OnTimed = (part: 'decode' | 'steps' | 'encode' | 'all', milliseconds: number) => void;

/**
 * Renders an image: decodes, applies the steps of the plan in their order, encodes.
 * @throws `file/invalid-format` for a source that cannot be decoded, `common/unavailable` after 5 seconds in one pipeline
 */
export async function render(input: RenderInput, onTimed: OnTimed = () => {}): Promise<Rendition> {
  try {
    return await renderSource({ ...input, source: framesFor(input) }, onTimed);
  } catch (error) {
    return unreadable(error);
  }
}

async function renderSource(input: RenderInput, onTimed: OnTimed): Promise<Rendition> {
  const { plan } = input;
  const start = performance.now();
  if (plan.steps.length === 0 && plan.output.maxBytes === undefined && !flipsFrames(input)) {
    const rendition = await renderInOnePass(input);
    onTimed('all', performance.now() - start);
    return rendition;
  }
  const decoded = await decodeCanvas(input);
  const afterDecode = performance.now();
  onTimed('decode', afterDecode - start);
  const canvas = await applySteps(decoded, input);
  const afterSteps = performance.now();
  onTimed('steps', afterSteps - afterDecode);
  const rendition = await encodeCanvas(canvas, input);
  onTimed('encode', performance.now() - afterSteps);
  return rendition;
}

/** Without steps, decoding and encoding are one pipeline: the pixels of the whole rendition are never in memory. */
async function renderInOnePass(input: RenderInput): Promise<Rendition> {
  const { plan, source } = input;
  const { image, layout } = await decode(withFrameLimits(input));
  const pixels = layout.size.width * layout.size.height * source.frames;
  const format = formatOf(input, pixels, source.header.hasAlpha);
  const bytes = await encodeAs(image, format, { output: plan.output, pixels }).toBuffer();
  return { bytes, contentType: mediaType(format) };
}

/** Decodes and applies the steps; nothing is encoded. */
export async function renderCanvas(input: RenderInput): Promise<Canvas> {
  return applySteps(await decodeCanvas(input), input);
}

async function decodeCanvas(input: RenderInput): Promise<Canvas> {
  const { image, layout } = await decode(withFrameLimits(input));
  const canvas = await read(image, { frames: input.source.frames, frameBox: layout.frameBox });
  return flipsFrames(input) ? mapFrames(canvas, (frame) => frame.flip()) : canvas;
}

async function applySteps(canvas: Canvas, input: RenderInput): Promise<Canvas> {
  const { overlays, limits } = input;
  const context = { overlays, limits, frameLimits: withFrameLimits(input).limits };
  let current = canvas;
  for (const step of input.plan.steps) current = await definitionOf(step).apply(current, step, context);
  return current;
}

/** Whether each frame is flipped vertically by itself, which {@link decode} cannot do. */
function flipsFrames({ plan, source }: RenderInput): boolean {
  return plan.flipY && source.frames > 1;
}

/** The same input with the limits of one frame. */
function withFrameLimits(input: RenderInput): RenderInput {
  const { maxSide, maxPixels } = input.limits;
  return { ...input, limits: { maxSide, maxPixels: Math.max(1, maxPixels / input.source.frames) } };
}

/** The source, reduced to its first frame when the URL names a format without animation. */
function framesFor({ plan, source }: RenderInput): Source {
  const { format = 'gif' } = plan.output;
  if (source.frames === 1 || format === 'gif' || format === 'webp') return source;
  return { ...source, frames: 1, options: { ...source.options, pages: 1 } };
}

async function encodeCanvas(canvas: Canvas, input: RenderInput): Promise<Rendition> {
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
