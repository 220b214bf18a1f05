import type { OverlayPosition } from '@bkend/storage-contract';
import type { OverlayOptions } from 'sharp';
import { type Canvas, mapFrameCanvases, open, read } from '../canvas.ts';
import { type Box, clamp, type Size } from '../geometry/size.ts';

/** At most this number of repetitions along one axis bounds the cost of compositing, however small the overlay is. */
const maxRepetitions = 50;

/** Composes an overlay with alpha over every frame, once for each column and row, cut at the edges of the image. */
export async function layOver(
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
export function fade(pixels: Buffer, opacity: number): Buffer {
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
