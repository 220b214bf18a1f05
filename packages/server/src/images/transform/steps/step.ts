import type { ImageStep } from '@bkend/storage-contract';
import type { Canvas } from '../canvas.ts';
import type { Size, SizeLimits } from '../geometry/size.ts';
import type { Source } from '../source.ts';

/** The step of a plan with this name. */
export type Step<Name extends ImageStep['do']> = Extract<ImageStep, { do: Name }>;

interface StepContext {
  /** Sources of overlays, by key. */
  readonly overlays: ReadonlyMap<string, Source>;
  /** Limits of one frame. */
  readonly frameLimits: SizeLimits;
  /** Limits of the rendition, its pixels counted over all frames. */
  readonly limits: SizeLimits;
}

/** An image between two steps, as far as costs depend on it. */
export interface CanvasShape extends Size {
  readonly frameBox: Size;
  readonly hasAlpha: boolean;
}

/** Everything about one kind of step: what it does to a canvas, what that costs and what shape it leaves. */
export interface StepDefinition<S extends ImageStep> {
  /** The filter that makes the step, where it has another name: messages about costs name it. */
  readonly filter?: string;
  /** CPU time in nanoseconds for each pixel, as `test/images/measure-costs.ts` measures it; right within a factor of 2. */
  readonly rate: (step: S) => number;
  /** JavaScript does the work, while its process answers nothing else. */
  readonly isScript?: true;
  /** The largest shape that the step can make of an image; the same shape when absent. */
  readonly shapeAfter?: (shape: CanvasShape, step: S) => CanvasShape;
  readonly apply: (canvas: Canvas, step: S, context: StepContext) => Promise<Canvas>;
}

/** Bringing a pixel to a step and back, in nanoseconds; part of every rate. */
export const passRate = 4;
