import type { FocalRegion, ImageDelivery, ImageDescription, ImageOutput } from '../image-plan.ts';
import type { ImageStep } from '../image-step.ts';
import type { FilterArguments } from './arguments.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The plan that the filters of one URL add up to; of settings, the last one counts. */
export interface FilterDraft {
  readonly steps: ImageStep[];
  readonly focal: FocalRegion[];
  readonly output: Mutable<ImageOutput>;
  readonly delivery: Mutable<ImageDelivery>;
  readonly description: Mutable<ImageDescription>;
  upscale: boolean;
  stretch: boolean;
  proportion: number;
  orientDegrees: 0 | 90 | 180 | 270;
  page?: number;
  maxFrames?: number;
}

/** An image of the documentation: its file name, and the options of its URL. */
interface FilterExample {
  readonly image: string;
  readonly options: string;
}

/** Everything about one filter but what its step does to pixels, which is in the server's `images/transform/steps`. */
export interface ImageFilterEntry {
  /** Reads the arguments into the draft. @throws FilterFault */
  readonly parse: (args: FilterArguments, draft: FilterDraft) => void;
  /** The filter as it stands in a URL, in each form it has: `blur(8)`, `blur(radius,sigma)`. */
  readonly forms: readonly string[];
  /** Its effect and the range of its arguments, in Markdown: the line of `docs/images.md`. */
  readonly effect: string;
  readonly examples?: readonly FilterExample[];
}

/** Filters by name. */
export type FilterTable = Readonly<Record<string, ImageFilterEntry>>;
