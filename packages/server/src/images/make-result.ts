import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { Originals } from './cache/originals.ts';
import type { Faces } from './faces/faces.ts';
import { makePicture, type PictureFile, type PictureWork } from './make-picture.ts';
import type { ImagesMetrics } from './metrics.ts';
import type { Rendering } from './pipeline/render.ts';
import type { Quote } from './price/quotes.ts';
import type { RendererPool } from './renderers/renderer-pool.ts';
import type { Flow } from './work/flow.ts';

export interface MakerDeps {
  readonly originals: Originals;
  readonly renderers: RendererPool;
  readonly limits: Limits;
  readonly metrics: ImagesMetrics;
  /** Absent where nothing looks for faces. */
  readonly faces?: Faces;
}

/** What a result is made of; all of it looked up, none of it read yet. */
export interface ResultRequest {
  readonly file: File;
  readonly plan: ImagePlan;
  readonly overlays: readonly File[];
  readonly accepted: readonly ImageFormat[];
}

/** Reads the originals and makes the picture, or its description, where its quote says. */
export async function makeResult(
  deps: MakerDeps,
  request: ResultRequest,
  { quote, flow }: { quote: Quote; flow: Flow },
): Promise<Rendering> {
  const { file, plan, accepted } = request;
  const open = (of: File): PictureFile => ({
    key: of.key,
    etag: of.etag,
    mimeType: of.mimeType,
    original: deps.originals.of(of),
  });
  const overlays = request.overlays.map(open);
  const work: PictureWork = { file: open(file), overlays, plan, accepted, limits: deps.limits };
  const { rendering, parts } =
    quote.where === 'here'
      ? await makePicture(work, deps.faces)
      : await deps.renderers.make({ work, flow, quote });
  for (const [part, milliseconds] of parts) deps.metrics.timed(part, rendering.contentType, milliseconds);
  return rendering;
}
