import type { ImagePlan } from '@bkend/storage-contract';
import { read, withAlpha } from '../canvas.ts';
import { decode } from '../decode.ts';
import type { Box, Size } from '../geometry/size.ts';
import { type SizeLimits, withinLimits } from '../geometry/size.ts';
import { fade, layOver, startsOf } from './lay-over.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Decodes the visible part of a watermark and lays it over the image, once or repeated. */
export const watermark: StepDefinition<Step<'watermark'>> = {
  rate: () => passRate + 2,
  apply: async (canvas, step, { overlays, limits }) => {
    const source = overlays.get(step.key);
    const part = source && overlayPart(canvas, step, { natural: source.size, limits });
    if (!part) return canvas;
    const { size, visible } = part;
    const { image, layout } = await decode({ source, plan: { ...unchanged, ...size }, limits });
    const decoded = await read(image.extract(visible), { frames: 1, frameBox: layout.frameBox });
    const overlay = await withAlpha(decoded);
    const faded = step.opacity === 1 ? overlay : { ...overlay, pixels: fade(overlay.pixels, step.opacity) };
    const columns = startsOf(step.x, canvas.width, size.width).map((left) => left + visible.left);
    const rows = startsOf(step.y, canvas.height, size.height).map((top) => top + visible.top);
    return layOver(canvas, faded, { columns, rows });
  },
};

/** A watermark as it lies on an image. */
export interface OverlayPart {
  /** Size it is scaled to; its own, where the plan gives no share of the image. */
  readonly size: Size;
  /** The part of that which is decoded, no larger than the image. */
  readonly visible: Box;
}

/** Undefined when none of the watermark lies on the image. Pure. */
export function overlayPart(
  image: Size,
  step: Step<'watermark'>,
  { natural, limits }: { natural: Size; limits: SizeLimits },
): OverlayPart | undefined {
  const size = withinLimits(scaledSize(image, step, natural), limits);
  const across = visibleAlong(step.x, image.width, size.width);
  const down = visibleAlong(step.y, image.height, size.height);
  if (across.length <= 0 || down.length <= 0) return undefined;
  return {
    size,
    visible: { left: across.from, top: down.from, width: across.length, height: down.length },
  };
}

/** As with Thumbor, a share of the image's side is met exactly, by shrinking or enlarging, and leaves the other side free. */
function scaledSize(image: Size, { width, height }: Step<'watermark'>, natural: Size): Size {
  if (width === undefined && height === undefined) return natural;
  const maxWidth = width === undefined ? Infinity : Math.floor(image.width * width);
  const maxHeight = height === undefined ? Infinity : Math.floor(image.height * height);
  const factor = Math.min(maxWidth / natural.width, maxHeight / natural.height);
  return {
    width: Math.max(1, Math.min(maxWidth, Math.round(natural.width * factor))),
    height: Math.max(1, Math.min(maxHeight, Math.round(natural.height * factor))),
  };
}

/** An overlay longer than the image is laid once, repeated or not. */
function visibleAlong(
  position: Step<'watermark'>['x'],
  side: number,
  overlaySide: number,
): { from: number; length: number } {
  const [start = 0] = startsOf(position, side, overlaySide);
  if (overlaySide <= side) return { from: 0, length: overlaySide };
  const from = Math.max(0, -start);
  return { from, length: Math.min(overlaySide, side - start) - from };
}

const unchanged: ImagePlan = {
  mode: 'stretch',
  adaptive: false,
  full: false,
  width: 0,
  height: 0,
  upscale: true,
  proportion: 1,
  orientDegrees: 0,
  flipX: false,
  flipY: false,
  halign: 'center',
  valign: 'middle',
  smart: false,
  focal: [],
  steps: [],
  output: { lossless: false },
};
