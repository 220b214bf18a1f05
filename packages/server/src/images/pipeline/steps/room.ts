import { type ImageBox, type ImageFill, type ImageStep, invalidParameters } from '@bkend/storage-contract';
import { type Box, clamp } from '../../geometry/size.ts';
import type { SizeLimits } from '../../geometry/target-size.ts';
import { type Canvas, mapFrameCanvases, mapFrames, open, read } from '../canvas.ts';

type RoomStep = Extract<ImageStep, { do: 'background' | 'fill' | 'pad' | 'rotate' | 'crop' }>;

const blurSigma = 50;

/**
 * What changes the room a picture takes, or what is seen behind it.
 * @throws `common/invalid-parameters` for room beyond the limits
 */
export function applyRoom(canvas: Canvas, step: RoomStep, limits: SizeLimits): Promise<Canvas> {
  switch (step.do) {
    case 'background':
      return mapFrameCanvases(canvas, (frame) =>
        read(open(frame).flatten({ background: colourOf(frame, step.colour) }), frame),
      );
    case 'fill': {
      const across = Math.max(0, canvas.room.width - canvas.width);
      const down = Math.max(0, canvas.room.height - canvas.height);
      const left = Math.floor(across / 2);
      const top = Math.floor(down / 2);
      return surround(canvas, step.fill, { left, top, right: across - left, bottom: down - top });
    }
    case 'pad':
      requireRoom(canvas, step.sides, limits);
      return surround(canvas, step.fill, step.sides);
    case 'rotate':
      return rotate(canvas, step.degrees);
    case 'crop': {
      const box = stepBox(canvas, step);
      return mapFrames({ ...canvas, room: box }, (frame) => frame.extract(box));
    }
  }
}

function requireRoom(canvas: Canvas, sides: ImageBox, { maxSide, maxPixels }: SizeLimits): void {
  const width = canvas.width + sides.left + sides.right;
  const height = canvas.height + sides.top + sides.bottom;
  if (Math.max(width, height) <= maxSide && width * height <= maxPixels) return;
  throw invalidParameters([
    { field: 'padding', message: `makes more of the picture than ${maxSide} pixels on a side` },
  ]);
}

/** Adds room on each side, and lets what fills it shine through the picture where that is transparent. */
async function surround(canvas: Canvas, fill: ImageFill, sides: ImageBox): Promise<Canvas> {
  const { left, top, right, bottom } = sides;
  const width = canvas.width + left + right;
  const height = canvas.height + top + bottom;
  const around = { ...canvas, room: { width, height } };
  const grows = width > canvas.width || height > canvas.height;
  if (fill === 'transparent') {
    const background = { r: 0, g: 0, b: 0, alpha: 0 };
    return mapFrames(around, (frame) => frame.ensureAlpha().extend({ ...sides, background }));
  }
  return mapFrameCanvases(around, async (frame) => {
    if (fill !== 'blur') {
      const background = colourOf(frame, fill);
      const flat = await read(open(frame).flatten({ background }), frame);
      return grows ? read(open(flat).extend({ ...sides, background }), frame) : flat;
    }
    if (!grows) return frame;
    const behind = await read(open(frame).resize(width, height, { fit: 'fill' }).blur(blurSigma), frame);
    const { pixels, channels } = frame;
    const raw = { width: frame.width, height: frame.height, channels };
    const laid = await read(open(behind).composite([{ input: pixels, raw, left, top }]), frame);
    return channels === 3 ? read(open(laid).removeAlpha(), laid) : laid;
  });
}

async function rotate(canvas: Canvas, degrees: 90 | 180 | 270): Promise<Canvas> {
  const turned = await mapFrames(canvas, (frame) => frame.rotate(degrees));
  const { width, height } = canvas.room;
  return degrees === 180 ? turned : { ...turned, room: { width: height, height: width } };
}

/** The part that is asked for, as far as there is one; the whole picture where there is none. Numbers below 1 are shares. */
function stepBox({ width, height }: Canvas, step: Extract<ImageStep, { do: 'crop' }>): Box {
  const pixels = (value: number, side: number) =>
    Math.round(step.relative || value < 1 ? value * side : value);
  const left = pixels(step.left, width);
  const top = pixels(step.top, height);
  if (left >= width || top >= height) return { left: 0, top: 0, width, height };
  return {
    left,
    top,
    width: clamp(pixels(step.width, width), 1, width - left),
    height: clamp(pixels(step.height, height), 1, height - top),
  };
}

/** `auto` is the colour of the first pixel, or of the last: that of the surroundings more often than not. */
export function colourOf({ pixels, channels }: Canvas, colour: string): { r: number; g: number; b: number } {
  if (colour === 'auto' || colour === 'auto-bottom-right') {
    const [r = 0, g = 0, b = 0] = pixels.subarray(colour === 'auto' ? 0 : -channels);
    return { r, g, b };
  }
  const value = Number.parseInt(colour, 16);
  return { r: value >> 16, g: (value >> 8) & 0xff, b: value & 0xff };
}
