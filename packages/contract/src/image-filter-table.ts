import type { FilterArguments } from './image-filter-arguments.ts';
import type { FocalRegion, ImageDelivery, ImageDescription, ImageOutput, ImageStep } from './image-plan.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What filters have asked for so far; of settings, the last one counts. */
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

/** Reads one filter's arguments into the draft. @throws FilterFault */
export type ReadFilter = (args: FilterArguments, draft: FilterDraft) => void;

/** Filters by name. */
export type FilterTable = Readonly<Record<string, ReadFilter>>;
