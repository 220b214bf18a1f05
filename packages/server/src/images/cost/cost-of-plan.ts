import type { ImageFormat, ImagePlan, ImageStep } from '@bkend/storage-contract';
import { turnedSize } from '../transform/decode.ts';
import { chooseFormat } from '../transform/encode.ts';
import { framesOfChunk } from '../transform/frames.ts';
import { layOut } from '../transform/geometry/layout.ts';
import type { Size, SizeLimits } from '../transform/geometry/size.ts';
import { levelsOf, maxTries } from '../transform/max-bytes.ts';
import type { Examined } from '../transform/source.ts';
import { trimRate } from '../transform/steps/extent.ts';
import type { CanvasShape } from '../transform/steps/step.ts';
import { definitionOf } from '../transform/steps/steps.ts';
import {
  arithmeticByteRate,
  attentionRate,
  byteRates,
  decodeRates,
  deepRate,
  encodeRate,
  enlargeRate,
  facesCost,
  jpegScanRate,
  layerCost,
  overlayRate,
  placeholderCost,
  progressiveByteRate,
  triedRate,
  uprightRate,
} from './rates.ts';

/** The facts about a source that its cost depends on; none needs decoding. */
export interface CostedSource extends Examined {
  /** Scans of a progressive JPEG; 1 for other formats. */
  readonly scans: number;
  /** A JPEG with arithmetic coding. */
  readonly isArithmetic: boolean;
}

export interface CostInput {
  readonly plan: ImagePlan;
  readonly source: CostedSource;
  /** By key. */
  readonly overlays: ReadonlyMap<string, CostedSource>;
  readonly accepted: readonly ImageFormat[];
  readonly limits: SizeLimits;
  /** Whether faces are looked for. */
  readonly faces: boolean;
}

export interface Cost {
  /** CPU time of all work. */
  readonly milliseconds: number;
  /** The part of it that the thread for faces takes. */
  readonly facesMilliseconds: number;
  /** The part of it that JavaScript takes, while its process answers nothing else. */
  readonly scriptMilliseconds: number;
  /** The most expensive part of the URL, as errors name it: `size`, `filters.blur` … */
  readonly mostExpensive: string;
}

/** The cost of a plan on a source, known before anything is decoded. Pure. */
export function costOfPlan(input: CostInput): Cost {
  const { plan } = input;
  const sum = new CostSum();
  if (input.faces) sum.add('smart', 2 * decodeCost(input.source, { frames: 1 }) + facesCost);
  const { blurhash, thumbhash, averageColour } = plan.meta ?? {};
  const hasPixels = plan.meta === undefined || blurhash || thumbhash || averageColour || trimsPixels(plan);
  if (hasPixels) addCanvas(sum, input);
  if (plan.meta) sum.add('meta', hasPixels ? placeholderCost : 1e6);
  return { ...sum.total(), facesMilliseconds: input.faces ? facesCost / 1e6 : 0 };
}

/** Whether the size of the rendition is known only from the pixels of the image. */
export function trimsPixels({ trim, steps }: ImagePlan): boolean {
  return trim !== undefined || steps.some((step) => step.do === 'trim');
}

/** Costs by the part of the URL that asks for them, in nanoseconds. */
class CostSum {
  readonly #costs = new Map<string, number>();
  #script = 0;

  add(part: string, cost: number): void {
    this.#costs.set(part, (this.#costs.get(part) ?? 0) + cost);
  }

  /** Adds work that JavaScript does. */
  addScript(part: string, cost: number): void {
    this.add(part, cost);
    this.#script += cost;
  }

  total(): Omit<Cost, 'facesMilliseconds'> {
    let sum = 0;
    let mostExpensive: readonly [part: string, cost: number] = ['size', 0];
    for (const entry of this.#costs) {
      sum += entry[1];
      if (entry[1] > mostExpensive[1]) mostExpensive = entry;
    }
    return {
      milliseconds: sum / 1e6,
      scriptMilliseconds: this.#script / 1e6,
      mostExpensive: mostExpensive[0],
    };
  }
}

function addCanvas(sum: CostSum, { plan, source, overlays, accepted, limits }: CostInput): void {
  const { format: named } = plan.output;
  const isAnimated = source.frames > 1 && (named === undefined || named === 'gif' || named === 'webp');
  const frames = isAnimated && plan.meta === undefined ? source.frames : 1;
  const within = { maxSide: limits.maxSide, maxPixels: Math.max(1, limits.maxPixels / frames) };
  const image = turnedSize(source, plan);
  const { size, scaled, frameBox, attention } = layOut(plan, { image, limits: within });

  const chunk = framesOfChunk(size, limits);
  const decoding = decodeCost(source, { frames: decodedOf(source, frames, chunk), page: plan.page, scaled });
  sum.add('source', decoding);
  if (isTurned(source, plan)) sum.add('source', uprightRate * pixelsOf(source.size) * frames);
  if (plan.trim) sum.add('trim', decoding + (uprightRate + trimRate) * pixelsOf(image));
  const enlarged = pixelsOf(scaled) - pixelsOf(source.size);
  if (enlarged > 0) sum.add('size', enlargeRate * pixelsOf(scaled) * frames);
  if (attention) sum.add('smart', attentionRate * pixelsOf(image));

  let canvas: CanvasShape = { ...size, frameBox, hasAlpha: source.header.hasAlpha };
  for (const step of plan.steps) {
    const { filter = step.do, rate, isScript, shapeAfter } = definitionOf(step);
    const after = shapeAfter ? shapeAfter(canvas, step) : canvas;
    const pixels = Math.max(pixelsOf(canvas), pixelsOf(after)) * frames;
    const channels = after.hasAlpha ? 4 / 3 : 1;
    const cost = rate(step) * pixels * channels + overlayCost(canvas, step, { overlays, frames });
    if (isScript) sum.addScript(`filters.${filter}`, cost);
    else sum.add(`filters.${filter}`, cost);
    canvas = after;
  }
  if (plan.meta) return;
  const pixels = pixelsOf(canvas) * frames;
  const { hasAlpha } = canvas;
  const format = chooseFormat({ ...(named && { named }), accepted, source, pixels, hasAlpha });
  const once = encodeRate(format, plan.output, pixels) * pixels;
  sum.add(named ? 'filters.format' : 'size', once);
  const mayTryAgain =
    plan.output.maxBytes !== undefined && levelsOf(format, { output: plan.output, hasAlpha });
  if (mayTryAgain)
    sum.add('filters.max_bytes', (maxTries - 1) * triedRate(format, plan.output, pixels) * pixels);
}

/** Frames that are decoded for this number of shown ones: frames that are dropped count, and those before each chunk once more. */
function decodedOf({ frames: all, decodedFrames }: Examined, frames: number, chunk: number): number {
  if (frames === 1 || all === 1) return frames;
  return (decodedFrames * (Math.ceil(decodedFrames / chunk) + 1)) / 2;
}

interface Decoded {
  readonly frames: number;
  readonly page?: number | undefined;
  /** Size that it is scaled to. */
  readonly scaled?: Size;
}

/** Nanoseconds. For one page of an animation, all pages before it are decoded as well. A drawing is drawn at the size that is shown. */
function decodeCost(source: CostedSource, { frames, page = 1, scaled = source.size }: Decoded): number {
  const { type, sizeBytes, header, scans } = source;
  const size = type === 'svg' && pixelsOf(scaled) < pixelsOf(source.size) ? scaled : source.size;
  const buildsOn = type === 'gif' || type === 'webp';
  const read = buildsOn ? Math.max(frames, Math.min(page, header.pages ?? 1)) : frames;
  const deep = header.depth === 'uchar' ? 0 : deepRate;
  const rate = decodeRates[type] + deep + (scans > 1 ? scans * jpegScanRate : 0);
  const bytes = Math.min(sizeBytes, maxBytesPerPixel * pixelsOf(size) * read);
  return rate * pixelsOf(size) * read + byteRateOf(source) * bytes;
}

/** No format needs more; further bytes of a file are not decoded. */
const maxBytesPerPixel = 8;

function byteRateOf({ type, scans, isArithmetic }: CostedSource): number {
  if (isArithmetic) return arithmeticByteRate;
  return scans > 1 ? progressiveByteRate : byteRates[type];
}

function isTurned({ header, frames }: CostedSource, { orientDegrees, flipX, flipY }: ImagePlan): boolean {
  if (frames > 1) return flipY || orientDegrees !== 0;
  return (header.orientation ?? 1) > 1 || orientDegrees !== 0 || flipX || flipY;
}

/** An overlay costs its decoding and scaling, and being laid over each frame. */
function overlayCost(
  canvas: CanvasShape,
  step: ImageStep,
  { overlays, frames }: { overlays: CostInput['overlays']; frames: number },
): number {
  // Laid once for each frame, whatever its size and repetitions: a repeated overlay is one layer.
  const laying = (overlayRate * pixelsOf(canvas) + layerCost) * frames;
  if (step.do === 'label') return laying + maxLabelCost;
  if (step.do !== 'watermark') return 0;
  const mark = overlays.get(step.key);
  if (!mark) return 0;
  const width = step.width === undefined ? mark.size.width : Math.max(1, canvas.width * step.width);
  const height = step.height === undefined ? mark.size.height : Math.max(1, canvas.height * step.height);
  const scaling = enlargeRate * Math.min(pixelsOf(canvas), width * height);
  return decodeCost(mark, { frames: 1, scaled: { width, height } }) + scaling + laying;
}

/** The cost of drawing a label, at most 30 million pixels, in nanoseconds. */
const maxLabelCost = 60e6;

function pixelsOf({ width, height }: Size): number {
  return width * height;
}
