import type { ImagePlan, ImageStep } from '@bkend/storage-contract';
import type { Box, Size } from '../geometry/size.ts';
import { type SizeLimits, withinLimits } from '../geometry/target-size.ts';
import { type Canvas, read } from './canvas.ts';
import { decode } from './decode.ts';
import type { Source } from './source.ts';
import { layWatermark, startsOf } from './steps/overlay.ts';

type Watermark = Extract<ImageStep, { do: 'watermark' }>;

/** What a watermark comes to on a picture. */
export interface MarkPart {
  /** What it is scaled to; its own size, where no share of the picture is asked for. */
  readonly size: Size;
  /** What of that is needed, never more than the picture on a side: what would stick out is not decoded. */
  readonly seen: Box;
}

/** Pure. Undefined when none of the mark lies on the picture. */
export function markPart(
  picture: Size,
  step: Watermark,
  { natural, limits }: { natural: Size; limits: SizeLimits },
): MarkPart | undefined {
  const size = withinLimits(markSize(picture, step, natural), limits);
  const across = seenAlong(step.x, picture.width, size.width);
  const down = seenAlong(step.y, picture.height, size.height);
  if (across.length <= 0 || down.length <= 0) return undefined;
  return {
    size,
    seen: { left: across.from, top: down.from, width: across.length, height: down.length },
  };
}

/** As Thumbor has it: a share of the picture's side is met, be the mark smaller or larger, and leaves the other side free. */
function markSize(picture: Size, { width, height }: Watermark, natural: Size): Size {
  if (width === undefined && height === undefined) return natural;
  const maxWidth = width === undefined ? Infinity : Math.floor(picture.width * width);
  const maxHeight = height === undefined ? Infinity : Math.floor(picture.height * height);
  const factor = Math.min(maxWidth / natural.width, maxHeight / natural.height);
  return {
    width: Math.max(1, Math.min(maxWidth, Math.round(natural.width * factor))),
    height: Math.max(1, Math.min(maxHeight, Math.round(natural.height * factor))),
  };
}

/** Of a mark that is longer than the picture there is one, repeated or not. */
function seenAlong(place: Watermark['x'], side: number, markSide: number): { from: number; length: number } {
  const [start = 0] = startsOf(place, side, markSide);
  if (markSide <= side) return { from: 0, length: markSide };
  const from = Math.max(0, -start);
  return { from, length: Math.min(markSide, side - start) - from };
}

/** Decodes what is seen of a mark, and lays it over the picture. */
export async function layMark(
  canvas: Canvas,
  step: Watermark,
  { mark, limits }: { mark: Source; limits: SizeLimits },
): Promise<Canvas> {
  const part = markPart(canvas, step, { natural: mark.size, limits });
  if (!part) return canvas;
  const { picture, layout } = await decode({ source: mark, plan: { ...asItIs, ...part.size }, limits });
  const pixels = await read(picture.extract(part.seen), { frames: 1, room: layout.canvas });
  return layWatermark(canvas, step, { ...part, pixels });
}

const asItIs: ImagePlan = {
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
