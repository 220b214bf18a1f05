import type { ImageStep } from '@bkend/storage-contract';
import type { Canvas } from '../../src/images/transform/canvas.ts';
import type { Source } from '../../src/images/transform/source.ts';
import { definitionOf } from '../../src/images/transform/steps/steps.ts';

const defaultStepLimits = { maxSide: 5_000, maxPixels: 10_000_000 };

/** Applies one step to a canvas; overlays are by key. */
export function applyStep(
  canvas: Canvas,
  step: ImageStep,
  overlays: ReadonlyMap<string, Source> = new Map(),
): Promise<Canvas> {
  const context = { overlays, limits: defaultStepLimits, frameLimits: defaultStepLimits };
  return definitionOf(step).apply(canvas, step, context);
}
