import type { ImageFormat, ImagePlan, ImageStep, OverlayPlace } from '@bkend/storage-contract';
import { layOut } from '../geometry/layout.ts';
import type { Size } from '../geometry/size.ts';
import type { SizeLimits } from '../geometry/target-size.ts';
import { maxTries } from '../pipeline/encode.ts';
import { chooseFormat, isLossy } from '../pipeline/formats.ts';
import type { Examined } from '../pipeline/source.ts';
import { startsOf } from '../pipeline/steps/overlay.ts';
import {
  attentionRate,
  decodeRates,
  deepRate,
  encodeRate,
  enlargeRate,
  facesCost,
  jpegScanRate,
  layerCost,
  overlayRate,
  placeholderCost,
  stepRate,
  trimRate,
  uprightRate,
} from './rates.ts';

/** What is known of a source without decoding it. */
export interface PricedSource extends Examined {
  /** Scans of a progressive JPEG; 1 for everything else. */
  readonly scans: number;
}

export interface PriceInput {
  readonly plan: ImagePlan;
  readonly source: PricedSource;
  /** By key. */
  readonly overlays: ReadonlyMap<string, PricedSource>;
  readonly accepted: readonly ImageFormat[];
  readonly limits: SizeLimits;
  /** Whether faces are looked for. */
  readonly faces: boolean;
}

export interface Price {
  /** CPU time of this host's work. */
  readonly milliseconds: number;
  /** The share of it that is spent on the thread for faces. */
  readonly facesMilliseconds: number;
  /** The share of it that JavaScript does, while which its process answers nothing else. */
  readonly scriptMilliseconds: number;
  /** The part of the URL that costs most. */
  readonly dearest: string;
}

/** What a plan is expected to cost on a source, before anything is decoded. Pure. */
export function priceOfPlan(input: PriceInput): Price {
  const { plan } = input;
  const bill = new Bill();
  if (input.faces) bill.add('smart', 2 * decodeCost(input.source, { frames: 1 }) + facesCost);
  const { blurhash, thumbhash, averageColour } = plan.meta ?? {};
  const isPictured = plan.meta === undefined || blurhash || thumbhash || averageColour;
  if (isPictured) priceCanvas(bill, input);
  if (plan.meta) bill.add('meta', isPictured ? placeholderCost : 1e6);
  return { ...bill.total(), facesMilliseconds: input.faces ? facesCost / 1e6 : 0 };
}

/** Costs by the part of the URL that asks for them, in nanoseconds. */
class Bill {
  readonly #costs = new Map<string, number>();
  #script = 0;

  add(part: string, cost: number): void {
    this.#costs.set(part, (this.#costs.get(part) ?? 0) + cost);
  }

  /** The same, for what JavaScript does. */
  addScript(part: string, cost: number): void {
    this.add(part, cost);
    this.#script += cost;
  }

  total(): Omit<Price, 'facesMilliseconds'> {
    let sum = 0;
    let dearest: readonly [part: string, cost: number] = ['size', 0];
    for (const entry of this.#costs) {
      sum += entry[1];
      if (entry[1] > dearest[1]) dearest = entry;
    }
    return { milliseconds: sum / 1e6, scriptMilliseconds: this.#script / 1e6, dearest: dearest[0] };
  }
}

/** A picture between two steps. */
interface PricedCanvas extends Size {
  readonly room: Size;
  readonly hasAlpha: boolean;
}

function priceCanvas(bill: Bill, { plan, source, overlays, accepted, limits }: PriceInput): void {
  const { format: named } = plan.output;
  const isAnimated = source.frames > 1 && (named === undefined || named === 'gif' || named === 'webp');
  const frames = isAnimated && plan.meta === undefined ? source.frames : 1;
  const within = { maxSide: limits.maxSide, maxPixels: Math.max(1, limits.maxPixels / frames) };
  const picture = plan.orientDegrees % 180 === 0 ? source.size : turned(source.size);
  const { size, scaled, canvas: room, attention } = layOut(plan, { picture, limits: within });

  const decoding = decodeCost(source, { frames, page: plan.page });
  bill.add('source', decoding);
  if (isTurned(source, plan)) bill.add('source', uprightRate * pixelsOf(source.size) * frames);
  if (plan.trim) bill.add('trim', 2 * decoding + trimRate * pixelsOf(picture));
  const enlarged = pixelsOf(scaled) - pixelsOf(source.size);
  if (enlarged > 0) bill.add('size', enlargeRate * pixelsOf(scaled) * frames);
  if (attention) bill.add('smart', attentionRate * pixelsOf(picture));

  let canvas: PricedCanvas = { ...size, room, hasAlpha: source.header.hasAlpha };
  for (const step of plan.steps) {
    const after = canvasAfter(canvas, step);
    const pixels = Math.max(pixelsOf(canvas), pixelsOf(after)) * frames;
    const channels = after.hasAlpha ? 4 / 3 : 1;
    const name = `filters.${filterNames[step.do] ?? step.do}`;
    const cost = stepRate(step) * pixels * channels + overlayCost(canvas, step, { overlays, frames });
    if (step.do === 'equalize' || step.do === 'noise') bill.addScript(name, cost);
    else bill.add(name, cost);
    canvas = after;
  }
  if (plan.meta) return;
  const pixels = pixelsOf(canvas) * frames;
  const { hasAlpha } = canvas;
  const format = chooseFormat({ ...(named && { named }), accepted, source, pixels, hasAlpha });
  const once = encodeRate(format, plan.output, pixels) * pixels;
  bill.add(named ? 'filters.format' : 'size', once);
  if (plan.output.maxBytes === undefined || format === 'gif' || !isLossy(format, plan.output)) return;
  const again = encodeRate(format, { ...plan.output, quality: triedQuality }, pixels) * pixels;
  bill.add('filters.max_bytes', (maxTries - 1) * again);
}

/** Of a page of an animation, all those before it are read as well. */
function decodeCost(
  { type, size, header, scans }: PricedSource,
  { frames, page = 1 }: { frames: number; page?: number | undefined },
): number {
  const buildsOn = type === 'gif' || type === 'webp';
  const read = buildsOn ? Math.max(frames, Math.min(page, header.pages ?? 1)) : frames;
  const deep = header.depth === 'uchar' ? 0 : deepRate;
  const rate = decodeRates[type] + deep + (scans > 1 ? scans * jpegScanRate : 0);
  return rate * pixelsOf(size) * read;
}

function isTurned({ header, frames }: PricedSource, { orientDegrees, flipX, flipY }: ImagePlan): boolean {
  if (frames > 1) return flipY;
  return (header.orientation ?? 1) > 1 || orientDegrees !== 0 || flipX || flipY;
}

/** No larger than what the step can make of it. */
function canvasAfter(canvas: PricedCanvas, step: ImageStep): PricedCanvas {
  const { width, height, room } = canvas;
  switch (step.do) {
    case 'fill': {
      const filled = { width: Math.max(width, room.width), height: Math.max(height, room.height) };
      return { ...filled, room: filled, hasAlpha: step.fill === 'transparent' };
    }
    case 'pad': {
      const { left, right, top, bottom } = step.sides;
      const padded = { width: width + left + right, height: height + top + bottom };
      return { ...padded, room: padded, hasAlpha: step.fill === 'transparent' };
    }
    case 'rotate':
      return step.degrees === 180 ? canvas : { ...canvas, ...turned(canvas), room: turned(room) };
    case 'round-corner':
      return { ...canvas, hasAlpha: step.colour === 'transparent' };
    case 'background':
      return { ...canvas, hasAlpha: false };
    default:
      return canvas;
  }
}

/** What is laid over a picture: reading and scaling it, and each place it is laid to. */
function overlayCost(
  canvas: PricedCanvas,
  step: ImageStep,
  { overlays, frames }: { overlays: PriceInput['overlays']; frames: number },
): number {
  const laying = overlayRate * pixelsOf(canvas);
  if (step.do === 'label') {
    // No letter is narrower than a third of its height.
    const tiles = tilesOf(canvas, step, Math.max(1, step.sizePx / 3));
    return (laying + tiles * layerCost) * frames + maxLabelCost;
  }
  if (step.do !== 'watermark') return 0;
  const mark = overlays.get(step.key);
  if (!mark) return 0;
  const width = step.width === undefined ? mark.size.width : Math.max(1, canvas.width * step.width);
  const height = step.height === undefined ? mark.size.height : Math.max(1, canvas.height * step.height);
  const shorter = Math.max(1, Math.min(width, height));
  const tiles = tilesOf(canvas, step, shorter);
  const scaling = enlargeRate * Math.min(pixelsOf(canvas), width * height);
  return decodeCost(mark, { frames: 1 }) + scaling + (laying + tiles * layerCost) * frames;
}

/** How often a mark is laid at most whose sides are no shorter than this. */
function tilesOf(canvas: Size, { x, y }: { x: OverlayPlace; y: OverlayPlace }, side: number): number {
  return startsOf(x, canvas.width, side).length * startsOf(y, canvas.height, side).length;
}

/** Qualities that are tried for `max_bytes()` are below what is written at first. */
const triedQuality = 50;

/** A label draws at most 30 million pixels, in nanoseconds. */
const maxLabelCost = 60e6;

/** How filters are called in URLs where steps are called otherwise. */
const filterNames: Partial<Record<ImageStep['do'], string>> = {
  linear: 'brightness',
  background: 'background_color',
  pad: 'padding',
  'round-corner': 'round_corner',
};

function turned({ width, height }: Size): Size {
  return { width: height, height: width };
}

function pixelsOf({ width, height }: Size): number {
  return width * height;
}
