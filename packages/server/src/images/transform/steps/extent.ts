import { type ImageBox, type ImageFill, invalidParameters } from '@bkend/storage-contract';
import {
  type Canvas,
  type Colour,
  cornerColour,
  framesOf,
  mapFrameCanvases,
  mapFrames,
  open,
  read,
  withAlpha,
} from '../canvas.ts';
import { type Box, clamp, type Size, type SizeLimits, sidesSwapped } from '../geometry/size.ts';
import { borderOf, minTrimmed } from '../trim-border.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

const blurSigma = 50;

/** Extends an image to its frame box. */
export const fill: StepDefinition<Step<'fill'>> = {
  rate: (step) => surroundRate(step.fill),
  shapeAfter: ({ width, height, frameBox, hasAlpha }, step) => {
    const filled = { width: Math.max(width, frameBox.width), height: Math.max(height, frameBox.height) };
    return { ...filled, frameBox: filled, hasAlpha: mayBeTransparent(step.fill, hasAlpha) };
  },
  apply: (canvas, step) => {
    const across = Math.max(0, canvas.frameBox.width - canvas.width);
    const down = Math.max(0, canvas.frameBox.height - canvas.height);
    const left = Math.floor(across / 2);
    const top = Math.floor(down / 2);
    return surround(canvas, step.fill, { left, top, right: across - left, bottom: down - top });
  },
};

/** Extends an image by a margin on each side. Beyond the limits of a frame: `common/invalid-parameters`. */
export const pad: StepDefinition<Step<'pad'>> = {
  filter: 'padding',
  rate: (step) => surroundRate(step.fill),
  shapeAfter: ({ width, height, hasAlpha }, step) => {
    const { left, right, top, bottom } = step.sides;
    const padded = { width: width + left + right, height: height + top + bottom };
    return { ...padded, frameBox: padded, hasAlpha: mayBeTransparent(step.fill, hasAlpha) };
  },
  apply: (canvas, step, { frameLimits }) => {
    requireExtent(canvas, step.sides, frameLimits);
    return surround(canvas, step.fill, step.sides);
  },
};

/** Only `auto` depends on the image: the colour of its corner may be transparent. */
function mayBeTransparent(by: ImageFill, hasAlpha: boolean): boolean {
  return by === 'transparent' || (by.startsWith('auto') && hasAlpha);
}

/** With `blur`, the image is enlarged and blurred first. */
function surroundRate(by: ImageFill): number {
  return by === 'blur' ? 4 * passRate + 105 : 3 * passRate + 14;
}

function requireExtent(canvas: Canvas, sides: ImageBox, { maxSide, maxPixels }: SizeLimits): void {
  const width = canvas.width + sides.left + sides.right;
  const height = canvas.height + sides.top + sides.bottom;
  if (Math.max(width, height) <= maxSide && width * height <= maxPixels) return;
  throw invalidParameters([
    { field: 'padding', message: `makes the image larger than ${maxSide} pixels on a side` },
  ]);
}

/** Extends each side, and lays the image over the fill, which shows through transparent parts. */
async function surround(canvas: Canvas, by: ImageFill, sides: ImageBox): Promise<Canvas> {
  const { left, top, right, bottom } = sides;
  const width = canvas.width + left + right;
  const height = canvas.height + top + bottom;
  const around = { ...canvas, frameBox: { width, height } };
  const grows = width > canvas.width || height > canvas.height;
  if (by === 'transparent') {
    const nothing = { r: 0, g: 0, b: 0, alpha: 0 };
    return mapFrames(around, (frame) => frame.ensureAlpha().extend({ ...sides, background: nothing }));
  }
  const keepsAlpha = hasTransparentGround(canvas, by);
  return mapFrameCanvases(around, async (frame) => {
    if (by !== 'blur') {
      const ground = colourOf(frame, by);
      const laid = await layOnColour(frame, ground, keepsAlpha);
      return grows ? read(open(laid).extend({ ...sides, background: ground }), frame) : laid;
    }
    if (!grows) return frame;
    const behind = await read(open(frame).resize(width, height, { fit: 'fill' }).blur(blurSigma), frame);
    const { pixels, channels } = frame;
    const raw = { width: frame.width, height: frame.height, channels };
    const laid = await read(open(behind).composite([{ input: pixels, raw, left, top }]), frame);
    return channels === 3 ? read(open(laid).removeAlpha(), laid) : laid;
  });
}

/** Lays an image over one colour. */
export const background: StepDefinition<Step<'background'>> = {
  filter: 'background_color',
  rate: () => passRate + 9,
  shapeAfter: (shape, { colour }) => ({ ...shape, hasAlpha: colour === 'auto' && shape.hasAlpha }),
  apply: (canvas, { colour }) =>
    mapFrameCanvases(canvas, (frame) =>
      layOnColour(frame, colourOf(frame, colour), hasTransparentGround(canvas, colour)),
    ),
};

/** Whether the ground is the colour of a corner that is transparent in some frame: all frames then keep their transparency. */
function hasTransparentGround(canvas: Canvas, colour: string): boolean {
  return Array.from(framesOf(canvas)).some((frame) => colourOf(frame, colour).alpha < 1);
}

/** A transparent ground has no colour to lay an image over. */
async function layOnColour(frame: Canvas, ground: Colour, keepsAlpha: boolean): Promise<Canvas> {
  if (ground.alpha < 1) return frame;
  const flat = open(frame).flatten({ background: ground });
  return read(keepsAlpha ? flat.ensureAlpha() : flat, frame);
}

/** `auto` is the colour of the first pixel, `auto-bottom-right` that of the last. */
function colourOf(canvas: Canvas, colour: string): Colour {
  if (colour === 'auto') return cornerColour(canvas, 'top-left');
  if (colour === 'auto-bottom-right') return cornerColour(canvas, 'bottom-right');
  const value = Number.parseInt(colour, 16);
  return { r: value >> 16, g: (value >> 8) & 0xff, b: value & 0xff, alpha: 1 };
}

/** Turns an image and its frame box clockwise, by quarter turns. */
export const rotate: StepDefinition<Step<'rotate'>> = {
  rate: () => passRate + 9,
  shapeAfter: (shape, { degrees }) =>
    degrees === 180 ? shape : { ...shape, ...sidesSwapped(shape), frameBox: sidesSwapped(shape.frameBox) },
  apply: async (canvas, { degrees }) => {
    const turned = await mapFrames(canvas, (frame) => frame.rotate(degrees));
    return degrees === 180 ? turned : { ...turned, frameBox: sidesSwapped(canvas.frameBox) };
  },
};

export const crop: StepDefinition<Step<'crop'>> = {
  rate: () => passRate + 2,
  shapeAfter: (shape, step) => {
    const { width, height } = boxOf(shape, step);
    return { ...shape, width, height, frameBox: { width, height } };
  },
  apply: (canvas, step) => {
    const box = boxOf(canvas, step);
    return mapFrames({ ...canvas, frameBox: box }, (frame) => frame.extract(box));
  },
};

/** The requested part, as far as it lies on the image; the whole image where none of it does. Numbers below 1 are shares. */
function boxOf({ width, height }: Size, step: Step<'crop'>): Box {
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

/** Finding the border, in nanoseconds for each pixel. */
export const trimRate = 380;

/**
 * Crops a border of one corner's colour, as the steps before have left it. Animations stay as they are, as with imagor:
 * their frames would get different sizes.
 */
export const trim: StepDefinition<Step<'trim'>> = {
  rate: () => passRate + trimRate,
  apply: async (canvas, step) => {
    if (canvas.frames > 1 || canvas.width < minTrimmed || canvas.height < minTrimmed) return canvas;
    const box = await borderOf(canvas, step);
    if (box === undefined) return canvas;
    const frameBox = { width: box.width, height: box.height };
    return mapFrames({ ...canvas, frameBox }, (frame) => frame.extract(box));
  },
};

/** Cuts the corners to quarters of an ellipse; the cut parts are transparent, or of a colour. */
export const roundCorner: StepDefinition<Step<'round-corner'>> = {
  filter: 'round_corner',
  rate: () => 3 * passRate + 26,
  shapeAfter: (shape, { colour }) => ({ ...shape, hasAlpha: colour === 'transparent' }),
  apply: async (canvas, { radiusX, radiusY, colour }) => {
    const { width, height } = canvas;
    const rect = `<rect width="${width}" height="${height}" rx="${radiusX}" ry="${radiusY}"/>`;
    const mask = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rect}</svg>`,
    );
    const cut = await mapFrames(await withAlpha(canvas), (frame) =>
      frame.composite([{ input: mask, blend: 'dest-in' }]),
    );
    if (colour === 'transparent') return cut;
    return mapFrames(cut, (frame) => frame.flatten({ background: `#${colour}` }));
  },
};
