import type { ImageStep, OverlayPlace } from '@bkend/storage-contract';
import type { OverlayOptions } from 'sharp';
import { type Box, clamp, type Size } from '../../geometry/size.ts';
import { type Canvas, mapFrameCanvases, mapFrames, open, read, withAlpha } from '../canvas.ts';
import { engine } from '../engine.ts';

type Step<Name extends ImageStep['do']> = Extract<ImageStep, { do: Name }>;

/** Lays a picture over this one, once or repeated, cut where it sticks out. */
export async function layWatermark(canvas: Canvas, step: Step<'watermark'>, mark: Canvas): Promise<Canvas> {
  const resized = await withAlpha(await fitMark(canvas, step, mark));
  const faded = step.opacity === 1 ? resized : { ...resized, pixels: fade(resized.pixels, step.opacity) };
  return layOver(canvas, faded, step);
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
  return layOver(canvas, { width, height, channels: 4, frames: 1, pixels, room: info }, step);
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

async function fitMark(canvas: Canvas, step: Step<'watermark'>, mark: Canvas): Promise<Canvas> {
  if (step.width === undefined && step.height === undefined) return mark;
  const width = Math.max(1, Math.floor(canvas.width * (step.width ?? 1)));
  const height = Math.max(1, Math.floor(canvas.height * (step.height ?? 1)));
  return read(open(mark).resize(width, height, { fit: 'inside' }), mark);
}

async function layOver(
  canvas: Canvas,
  mark: Canvas,
  { x, y }: { x: OverlayPlace; y: OverlayPlace },
): Promise<Canvas> {
  const columns = startsOf(x, canvas.width, mark.width);
  const rows = startsOf(y, canvas.height, mark.height);
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
