import type { ImagePlan, OverlayPosition } from '@bkend/storage-contract';
import type { OverlayOptions } from 'sharp';
import { type Canvas, mapFrameCanvases, open, read, withAlpha } from '../canvas.ts';
import { decode } from '../decode.ts';
import { engine } from '../engine.ts';
import { type Box, clamp, type Size, type SizeLimits, withinLimits } from '../geometry/size.ts';
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

/** Bounds the pixels of one label: a longer text is drawn smaller. */
const maxLabelPixels = 30_000_000;

/** Writes a text on an image. */
export const label: StepDefinition<Step<'label'>> = {
  rate: () => passRate + 2,
  apply: async (canvas, step) => {
    const affordable = Math.sqrt(maxLabelPixels / step.text.length);
    const sizePx = Math.max(1, Math.floor(Math.min(step.sizePx, canvas.height, affordable)));
    const text = `<span foreground="#${step.colour}">${escapeMarkup(step.text)}</span>`;
    // At 72 dots an inch a point is a pixel.
    const { data, info } = await engine({ text: { text, font: `sans ${sizePx}`, dpi: 72, rgba: true } })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const pixels = fade(data, step.opacity);
    const drawn: Canvas = { width, height, channels: 4, frames: 1, pixels, frameBox: info };
    const columns = startsOf(step.x, canvas.width, width);
    const rows = startsOf(step.y, canvas.height, height);
    return layOver(canvas, drawn, { columns, rows });
  },
};

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** At most this number of repetitions along one axis bounds the cost of compositing, however small the overlay is. */
const maxRepetitions = 50;

/** Composes an overlay with alpha over every frame, once for each column and row, cut at the edges of the image. */
async function layOver(
  canvas: Canvas,
  overlay: Canvas,
  { columns, rows }: { columns: readonly number[]; rows: readonly number[] },
): Promise<Canvas> {
  const tiles = columns.flatMap((left) => rows.map((top) => ({ left, top })));
  const layers: OverlayOptions[] = [];
  for (const tile of tiles) {
    const visible = visiblePart(canvas, { ...tile, width: overlay.width, height: overlay.height });
    if (visible === undefined) continue;
    const cut = await cutOverlay(overlay, visible);
    layers.push({ ...cut, left: tile.left + visible.left, top: tile.top + visible.top });
  }
  if (layers.length === 0) return canvas;
  return mapFrameCanvases(canvas, async (frame) => {
    const laid = await read(open(frame).composite(layers), frame);
    // An opaque image stays opaque.
    return canvas.channels === 3 ? read(open(laid).removeAlpha(), laid) : laid;
  });
}

/**
 * The offsets of an overlay along one axis: one, or with `repeat` as many as cover the side, at most 50.
 * @param side of the image, in pixels
 * @param overlaySide in pixels
 */
export function startsOf(position: OverlayPosition, side: number, overlaySide: number): number[] {
  switch (position.kind) {
    case 'center':
      return [Math.round((side - overlaySide) / 2)];
    case 'repeat': {
      const count = Math.min(Math.ceil(side / overlaySide), maxRepetitions);
      return Array.from({ length: count }, (_, index) => index * overlaySide);
    }
    case 'share':
    case 'pixels': {
      const distance = Math.round(position.kind === 'share' ? position.value * side : position.value);
      return [position.far ? side - overlaySide - distance : distance];
    }
  }
}

/** Multiplies the alpha of four-channel pixels by an opacity of 0 to 1. */
function fade(pixels: Buffer, opacity: number): Buffer {
  const out = Buffer.from(pixels);
  for (let at = 3; at < out.length; at += 4) out[at] = clamp((out[at] ?? 0) * opacity, 0, 255);
  return out;
}

/** The part of an overlay that lies on the image, counted from the overlay's corner. */
function visiblePart(image: Size, overlay: Box): Box | undefined {
  const left = Math.max(0, -overlay.left);
  const top = Math.max(0, -overlay.top);
  const width = Math.min(overlay.width, image.width - overlay.left) - left;
  const height = Math.min(overlay.height, image.height - overlay.top) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : undefined;
}

async function cutOverlay(overlay: Canvas, visible: Box): Promise<Pick<OverlayOptions, 'input' | 'raw'>> {
  const isWhole = visible.width === overlay.width && visible.height === overlay.height;
  const { pixels, width, height } = isWhole ? overlay : await read(open(overlay).extract(visible), overlay);
  return { input: pixels, raw: { width, height, channels: 4 } };
}
