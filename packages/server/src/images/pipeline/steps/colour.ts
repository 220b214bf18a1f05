import type { ImageStep } from '@bkend/storage-contract';
import type { Matrix3x3 } from 'sharp';
import { type Canvas, mapFrames } from '../canvas.ts';

type ColourStep = Extract<
  ImageStep,
  { do: 'linear' | 'modulate' | 'grayscale' | 'invert' | 'blur' | 'sharpen' }
>;

/** ITU-R BT.709, section 3.2. */
const luma: Matrix3x3 = [
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
];

/** What libvips does to colours and sharpness. */
export function applyColour(canvas: Canvas, step: ColourStep): Promise<Canvas> {
  switch (step.do) {
    case 'linear': {
      const { gain, offset } = step;
      return mapFrames(canvas, (frame) => frame.linear([gain, gain, gain], [...offset]));
    }
    case 'modulate': {
      const { brightness, saturation, hueDegrees } = step;
      return mapFrames(canvas, (frame) =>
        frame.modulate({ brightness, saturation, hue: Math.round(hueDegrees) }),
      );
    }
    case 'grayscale':
      // sharp's own drops the other channels, and alpha with them.
      return mapFrames(canvas, (frame) => frame.recomb(luma));
    case 'invert':
      return mapFrames(canvas, (frame) => frame.negate({ alpha: false }));
    case 'blur':
      return mapFrames(canvas, (frame) => frame.blur(Math.max(0.3, step.sigma)));
    case 'sharpen':
      return mapFrames(canvas, (frame) =>
        frame.sharpen({ sigma: step.sigma, m1: 0, m2: Math.min(2 * step.amount, 1_000) }),
      );
  }
}
