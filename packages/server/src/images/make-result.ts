import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import { essenceOf } from '../files/mime-type.ts';
import type { Originals } from './cache/originals.ts';
import type { Drawings } from './drawings/drawings.ts';
import { asksForFaces, type FaceSearch, type Faces } from './faces/faces.ts';
import { makePicture, type PictureFile, type PictureWork } from './make-picture.ts';
import type { ImagesMetrics } from './metrics.ts';
import type { Rendering } from './pipeline/render.ts';

export interface MakerDeps {
  readonly originals: Originals;
  readonly drawings: Drawings;
  readonly limits: Limits;
  readonly metrics: ImagesMetrics;
  /** Absent where nobody looks for faces. */
  readonly faces?: Faces;
}

/** What a result is made of; all of it looked up, none of it read yet. */
export interface ResultRequest {
  readonly file: File;
  readonly plan: ImagePlan;
  readonly overlays: readonly File[];
  readonly accepted: readonly ImageFormat[];
}

/** Reads the originals and makes the picture, or its description. */
export async function makeResult(deps: MakerDeps, request: ResultRequest): Promise<Rendering> {
  const { file, plan, accepted } = request;
  const open = (of: File): PictureFile => ({
    key: of.key,
    mimeType: of.mimeType,
    original: deps.originals.of(of),
  });
  const overlays = request.overlays.map(open);
  const work: PictureWork = { file: open(file), overlays, plan, accepted, limits: deps.limits };
  let search: FaceSearch | undefined;
  const { rendering, parts } = isDrawn(request)
    ? await deps.drawings.make(work)
    : await makePicture(work, (source) => {
        search = deps.faces && asksForFaces(plan) ? deps.faces.search({ file, source, plan }) : undefined;
        return search?.find;
      });
  for (const [part, milliseconds] of parts) deps.metrics.timed(part, rendering.contentType, milliseconds);
  return search?.failed() ? { ...rendering, provisional: true } : rendering;
}

/** Whether a drawing goes into it, by what its files say of themselves; those that do not say so are refused later. */
export function isDrawn({ file, overlays }: ResultRequest): boolean {
  return [file, ...overlays].some(({ mimeType }) => essenceOf(mimeType).startsWith('image/svg'));
}
