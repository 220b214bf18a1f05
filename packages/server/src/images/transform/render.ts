import type { ImageFormat } from '@bkend/storage-contract';
import { type Canvas, open, read } from './canvas.ts';
import { decode, frameTurn, layOutSource, pipelineFor, turnFrames } from './decode.ts';
import { type Animation, chooseFormat, encodeAs, mediaType } from './encode.ts';
import { decodeFrames, framesOfChunk, keptDelays } from './frames.ts';
import { encodeWithin } from './max-bytes.ts';
import { notesOf } from './notes.ts';
import type { RenderInput, Rendition, RenditionNotes } from './rendition.ts';
import { type Source, stillOf } from './source.ts';
import { damaged, failedStep } from './source-type.ts';
import { definitionOf } from './steps/steps.ts';

/** Reports the duration of each part of a rendition. */
export type OnTimed = (part: 'decode' | 'steps' | 'encode' | 'all', milliseconds: number) => void;

/**
 * Renders an image: decodes, applies the steps of the plan in their order, encodes.
 * @throws `file/invalid-format` for a source that cannot be decoded, `common/unavailable` after 12 seconds in one pipeline
 */
export async function render(given: RenderInput, onTimed: OnTimed = () => {}): Promise<Rendition> {
  const input = { ...given, source: framesFor(given) };
  const start = performance.now();
  if (isOnePass(input)) {
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
  const rendition = await encodeCanvas(canvas, input).catch(failedStep);
  onTimed('encode', performance.now() - afterSteps);
  return rendition;
}

/** Whether decoding and encoding are one pipeline: the pixels of the whole rendition are then never in memory. */
function isOnePass({ plan, source }: RenderInput): boolean {
  return (
    plan.steps.length === 0 &&
    plan.output.maxBytes === undefined &&
    frameTurn(source, plan) === undefined &&
    source.decodedFrames === source.frames
  );
}

async function renderInOnePass(input: RenderInput): Promise<Rendition> {
  const { plan, source } = input;
  const { image, layout } = await decode(withFrameLimits(input));
  const pixels = layout.size.width * layout.size.height * source.frames;
  const { hasAlpha } = source.header;
  const format = formatOf(input, pixels, hasAlpha);
  const bytes = await encodeAs(image, format, { output: plan.output, pixels, hasAlpha })
    .toBuffer()
    .catch((error: unknown) => blameOf(error, input));
  return renditionOf(bytes, format, notesOf(input, { format, hasAlpha }));
}

/** Tells an error of encoding, which is ours, from one of decoding: by doing each alone. */
async function blameOf(error: unknown, input: RenderInput): Promise<never> {
  const canvas = await decodeCanvas(input);
  await encodeCanvas(canvas, input).catch(failedStep);
  return damaged(input.source.type, error);
}

/** Decodes and applies the steps; nothing is encoded. */
export async function renderCanvas(input: RenderInput): Promise<Canvas> {
  return applySteps(await decodeCanvas(input), input);
}

async function decodeCanvas(input: RenderInput): Promise<Canvas> {
  const { source, plan, limits } = input;
  const decoding = withFrameLimits(input);
  const layout = await layOutSource(decoding);
  const decodePart = async (part: Source) => {
    const image = await pipelineFor({ ...decoding, source: part }, layout);
    const before = { frames: part.decodedFrames, frameBox: layout.frameBox };
    return read(image, before).catch((error: unknown) => damaged(source.type, error));
  };
  const turn = frameTurn(source, plan);
  const chunk = framesOfChunk(layout.size, limits);
  const canvas = await (source.frames > 1 ? decodeFrames(source, chunk, decodePart) : decodePart(source));
  return turn ? turnFrames(canvas, turn).catch(failedStep) : canvas;
}

async function applySteps(canvas: Canvas, input: RenderInput): Promise<Canvas> {
  const { overlays, limits } = input;
  const context = { overlays, limits, frameLimits: withFrameLimits(input).limits };
  let current = canvas;
  for (const step of input.plan.steps)
    current = await definitionOf(step).apply(current, step, context).catch(failedStep);
  return current;
}

/** The same input with the limits of one frame. */
export function withFrameLimits(input: RenderInput): RenderInput {
  const { maxSide, maxPixels } = input.limits;
  return { ...input, limits: { maxSide, maxPixels: Math.max(1, maxPixels / input.source.frames) } };
}

/** The source, reduced to its first frame when the URL names a format without animation. */
function framesFor({ plan, source }: RenderInput): Source {
  const { format = 'gif' } = plan.output;
  if (source.frames === 1 || format === 'gif' || format === 'webp') return source;
  return stillOf(source);
}

async function encodeCanvas(canvas: Canvas, input: RenderInput): Promise<Rendition> {
  const { output } = input.plan;
  const { frames } = canvas;
  const { delay, loop } = input.source.header;
  const animation: Animation =
    frames === 1
      ? {}
      : { ...(delay && { delay: keptDelays(delay, input.source) }), ...(loop !== undefined && { loop }) };
  const pixels = canvas.width * canvas.height * frames;
  const hasAlpha = canvas.channels === 4;
  const format = formatOf(input, pixels, hasAlpha);
  const options = { output, pixels, hasAlpha, animation };
  if (output.maxBytes === undefined) {
    const bytes = await encodeAs(open(canvas), format, options).toBuffer();
    return renditionOf(bytes, format, notesOf(input, { format, hasAlpha }));
  }
  const within = { open: () => open(canvas), format, ...options };
  const { bytes, ...reached } = await encodeWithin(output.maxBytes, within);
  return renditionOf(bytes, format, notesOf(input, { format, hasAlpha, reached }));
}

function renditionOf(bytes: Buffer, format: ImageFormat, notes: RenditionNotes | undefined): Rendition {
  return { bytes, contentType: mediaType(format), ...(notes && { notes }) };
}

function formatOf({ plan, accepted, source }: RenderInput, pixels: number, hasAlpha: boolean): ImageFormat {
  const named = plan.output.format;
  return chooseFormat({ ...(named && { named }), accepted, source, pixels, hasAlpha });
}
