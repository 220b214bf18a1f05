import type { ImageStep, OverlayPlace } from '@bkend/storage-contract';
import type { OverlayOptions } from 'sharp';
import { type Box, clamp, type Size } from '../../geometry/size.ts';
import { type Canvas, mapFrameCanvases, mapFrames, open, read, withAlpha } from '../canvas.ts';
import { engine } from '../engine.ts';

type Step<Name extends ImageStep['do']> = Extract<ImageStep, { do: Name }>;

/** The part of a mark of this size that is seen. */
export interface SeenMark {
  readonly size: Size;
  readonly seen: Box;
  readonly pixels: Canvas;
}

/** Lays a picture over this one, once or repeated, cut where it sticks out. */
export async function layWatermark(
  canvas: Canvas,
  step: Step<'watermark'>,
  { size, seen, pixels }: SeenMark,
): Promise<Canvas> {
  const mark = await withAlpha(pixels);
  const faded = step.opacity === 1 ? mark : { ...mark, pixels: fade(mark.pixels, step.opacity) };
  const columns = startsOf(step.x, canvas.width, size.width).map((left) => left + seen.left);
  const rows = startsOf(step.y, canvas.height, size.height).map((top) => top + seen.top);
  return layOver(canvas, faded, { columns, rows });
}

/** However much text at whatever size: no label takes more pixels than this to draw. */
const maxLabelPixels = 30_000_000;

/** Writes a text on the picture. */
export async function layLabel(canvas: Canvas, step: Step<'label'>): Promise<Canvas> {
  const affordable = Math.sqrt(maxLabelPixels / step.text.length);
  const sizePx = Math.max(1, Math.floor(Math.min(step.sizePx, canvas.height, affordable)));
  const text = `<span foreground="#${step.colour}">${escapeMarkup(step.text)}</span>`;
  // At 72 dots an inch a point is a pixel.
  const { data, info } = await engine({ text: { text, font: `sans ${sizePx}`, dpi: 72, rgba: true } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const pixels = fade(data, step.opacity);
  const columns = startsOf(step.x, canvas.width, width);
  const rows = startsOf(step.y, canvas.height, height);
  const label: Canvas = { width, height, channels: 4, frames: 1, pixels, room: info };
  return layOver(canvas, label, { columns, rows });
}

/** Cuts the corners to quarters of an ellipse; what is cut off is transparent, or of a colour. */
export async function roundCorners(canvas: Canvas, step: Step<'round-corner'>): Promise<Canvas> {
  const { width, height } = canvas;
  const rect = `<rect width="${width}" height="${height}" rx="${step.radiusX}" ry="${step.radiusY}"/>`;
  const mask = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rect}</svg>`,
  );
  const cut = await mapFrames(await withAlpha(canvas), (frame) =>
    frame.composite([{ input: mask, blend: 'dest-in' }]),
  );
  if (step.colour === 'transparent') return cut;
  return mapFrames(cut, (frame) => frame.flatten({ background: `#${step.colour}` }));
}

async function layOver(
  canvas: Canvas,
  mark: Canvas,
  { columns, rows }: { columns: readonly number[]; rows: readonly number[] },
): Promise<Canvas> {
  const tiles = columns.flatMap((left) => rows.map((top) => ({ left, top })));
  const layers: OverlayOptions[] = [];
  for (const tile of tiles) {
    const seen = visiblePart(canvas, { ...tile, width: mark.width, height: mark.height });
    if (seen === undefined) continue;
    const cut = await cutMark(mark, seen);
    layers.push({ ...cut, left: tile.left + seen.left, top: tile.top + seen.top });
  }
  if (layers.length === 0) return canvas;
  return mapFrameCanvases(canvas, async (frame) => {
    const laid = await read(open(frame).composite(layers), frame);
    // What lay on an opaque picture is opaque.
    return canvas.channels === 3 ? read(open(laid).removeAlpha(), laid) : laid;
  });
}

/** Where a mark begins along one axis: once, or as often as it takes to cover the side. */
export function startsOf(place: OverlayPlace, side: number, markSide: number): number[] {
  switch (place.kind) {
    case 'center':
      return [Math.round((side - markSide) / 2)];
    case 'repeat': {
      // So many marks that compositing stays bounded, however small they are.
      const count = Math.min(Math.ceil(side / markSide), 50);
      return Array.from({ length: count }, (_, index) => index * markSide);
    }
    case 'share':
    case 'pixels': {
      const distance = Math.round(place.kind === 'share' ? place.value * side : place.value);
      return [place.far ? side - markSide - distance : distance];
    }
  }
}

/** The part of a mark that lies on the picture, counted from the mark's corner. */
function visiblePart(picture: Size, mark: Box): Box | undefined {
  const left = Math.max(0, -mark.left);
  const top = Math.max(0, -mark.top);
  const width = Math.min(mark.width, picture.width - mark.left) - left;
  const height = Math.min(mark.height, picture.height - mark.top) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : undefined;
}

async function cutMark(mark: Canvas, seen: Box): Promise<Pick<OverlayOptions, 'input' | 'raw'>> {
  const whole = seen.width === mark.width && seen.height === mark.height;
  const { pixels, width, height } = whole ? mark : await read(open(mark).extract(seen), mark);
  return { input: pixels, raw: { width, height, channels: 4 } };
}

function fade(pixels: Buffer, opacity: number): Buffer {
  const out = Buffer.from(pixels);
  for (let at = 3; at < out.length; at += 4) out[at] = clamp((out[at] ?? 0) * opacity, 0, 255);
  return out;
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
