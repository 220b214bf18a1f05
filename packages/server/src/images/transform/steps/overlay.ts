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
    return layOver(canvas, faded, {
      x: positionOf(step.x, startOf(step.x, canvas.width, size.width) + visible.left),
      y: positionOf(step.y, startOf(step.y, canvas.height, size.height) + visible.top),
    });
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
  const start = startOf(position, side, overlaySide);
  if (overlaySide <= side) return { from: 0, length: overlaySide };
  const from = Math.max(0, -start);
  return { from, length: Math.min(overlaySide, side - start) - from };
}

/** The position of an overlay of which only a part is decoded. */
function positionOf(position: OverlayPosition, start: number): OverlayPosition {
  return position.kind === 'repeat' ? position : { kind: 'pixels', value: start, far: false };
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
    return layOver(canvas, drawn, step);
  },
};

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Composes an overlay with alpha over every frame, repeated along the axes that say so, cut at the edges of the image. */
async function layOver(
  canvas: Canvas,
  overlay: Canvas,
  { x, y }: Pick<Step<'watermark'>, 'x' | 'y'>,
): Promise<Canvas> {
  const repeated = repeat(overlay, {
    width: x.kind === 'repeat' ? canvas.width : overlay.width,
    height: y.kind === 'repeat' ? canvas.height : overlay.height,
  });
  const left = startOf(x, canvas.width, overlay.width);
  const top = startOf(y, canvas.height, overlay.height);
  const visible = visiblePart(canvas, { left, top, width: repeated.width, height: repeated.height });
  if (visible === undefined) return canvas;
  const cut = await cutOverlay(repeated, visible);
  const layer: OverlayOptions = { ...cut, left: left + visible.left, top: top + visible.top };
  return mapFrameCanvases(canvas, async (frame) => {
    const laid = await read(open(frame).composite([layer]), frame);
    // An opaque image stays opaque.
    return canvas.channels === 3 ? read(open(laid).removeAlpha(), laid) : laid;
  });
}

/** An overlay beside and below itself as often as it fits in a size, the last ones cut. */
function repeat(overlay: Canvas, { width, height }: Size): Canvas {
  if (width === overlay.width && height === overlay.height) return overlay;
  const { pixels, channels } = overlay;
  const rowBytes = width * channels;
  const ownRowBytes = overlay.width * channels;
  const out = Buffer.allocUnsafe(rowBytes * height);
  for (let row = 0; row < height; row++) {
    const to = row * rowBytes;
    if (row >= overlay.height) {
      const before = to - overlay.height * rowBytes;
      out.copy(out, to, before, before + rowBytes);
      continue;
    }
    for (let filled = 0; filled < rowBytes; filled += ownRowBytes) {
      const from = row * ownRowBytes;
      pixels.copy(out, to + filled, from, from + Math.min(ownRowBytes, rowBytes - filled));
    }
  }
  return { ...overlay, width, height, pixels: out };
}

/**
 * The offset of an overlay along one axis; the first one with `repeat`.
 * @param side of the image, in pixels
 * @param overlaySide in pixels
 */
function startOf(position: OverlayPosition, side: number, overlaySide: number): number {
  switch (position.kind) {
    case 'center':
      return Math.round((side - overlaySide) / 2);
    case 'repeat':
      return 0;
    case 'share':
    case 'pixels': {
      const distance = Math.round(position.kind === 'share' ? position.value * side : position.value);
      return position.far ? side - overlaySide - distance : distance;
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
