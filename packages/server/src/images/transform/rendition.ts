import type { ImageFormat, ImagePlan } from '@bkend/storage-contract';
import type { FindFaces } from './decode.ts';
import type { SizeLimits } from './geometry/size.ts';
import type { Source } from './source.ts';

export interface RenderInput {
  readonly plan: ImagePlan;
  readonly source: Source;
  /** Sources of overlays, by key. */
  readonly overlays: ReadonlyMap<string, Source>;
  /** AVIF and WebP as far as `Accept` names them, best first. */
  readonly accepted: readonly ImageFormat[];
  /** Limits of the rendition, its pixels counted over all frames. */
  readonly limits: SizeLimits;
  readonly findFaces?: FindFaces;
}

/**
 * An encoded result made from an original by an image plan. Without bytes it stands in a cache for one of another format, the one that
 * `contentType` names: `Accept` asked for a format that this result cannot have.
 */
export interface Rendition {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Made without something that failed for the moment (faces): cached for a minute at most. */
  readonly provisional?: boolean;
  readonly notes?: RenditionNotes;
}

/** Facts about a rendition beside its bytes, sent as headers of the response. */
export interface RenditionNotes {
  /** Options and filters of the URL that have no effect on this image or format. */
  readonly ignored?: readonly string[];
  /** Frames of the rendition and of the file, where they differ: `300/400`; `*` for an unknown number. */
  readonly frames?: string;
  /** The result of `max_bytes()`. */
  readonly maxBytes?: string;
}
