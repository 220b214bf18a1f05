import { type ImageBox, type ImageFill, invalidParameters } from '@bkend/storage-contract';
import { type Canvas, mapFrameCanvases, mapFrames, open, read } from '../canvas.ts';
import type { SizeLimits } from '../geometry/size.ts';
import { colourOf } from './background.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

const blurSigma = 50;

/** Extends an image to its frame box. */
export const fill: StepDefinition<Step<'fill'>> = {
  rate: (step) => surroundRate(step.fill),
  shapeAfter: ({ width, height, frameBox }, step) => {
    const filled = { width: Math.max(width, frameBox.width), height: Math.max(height, frameBox.height) };
    return { ...filled, frameBox: filled, hasAlpha: step.fill === 'transparent' };
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
  shapeAfter: ({ width, height }, step) => {
    const { left, right, top, bottom } = step.sides;
    const padded = { width: width + left + right, height: height + top + bottom };
    return { ...padded, frameBox: padded, hasAlpha: step.fill === 'transparent' };
  },
  apply: (canvas, step, { frameLimits }) => {
    requireExtent(canvas, step.sides, frameLimits);
    return surround(canvas, step.fill, step.sides);
  },
};

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
  return mapFrameCanvases(around, async (frame) => {
    if (by !== 'blur') {
      const background = colourOf(frame, by);
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
