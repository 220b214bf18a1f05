import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import { describeImage } from './describe/describe.ts';
import { asksForFaces, type Faces } from './faces/faces.ts';
import type { ImagesMetrics } from './metrics.ts';
import { type RenderInput, type Rendering, render } from './pipeline/render.ts';
import { inspectSource, type Source } from './pipeline/source.ts';
import type { Sources } from './pipeline/sources.ts';

export interface MakerDeps {
  readonly sources: Sources;
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
  const { plan, file } = request;
  const source = await open(deps, file, plan);
  const overlays = new Map<string, Source>();
  for (const overlay of request.overlays)
    overlays.set(overlay.key, await open(deps, overlay, { maxFrames: 1 }));
  const input: RenderInput = {
    plan,
    source,
    overlays,
    accepted: request.accepted,
    limits: { maxSide: deps.limits.maxOutputImageSide, maxPixels: deps.limits.maxSourceImagePixels },
  };
  const parts: [string, number][] = [];
  const search = deps.faces && asksForFaces(plan) ? deps.faces.search({ file, source, plan }) : undefined;
  const searching = search ? { ...input, findFaces: search.find } : input;
  const rendering = plan.meta
    ? await describeImage(searching, plan.meta)
    : await render(searching, (part, milliseconds) => parts.push([part, milliseconds]));
  for (const [part, milliseconds] of parts) deps.metrics.timed(part, rendering.contentType, milliseconds);
  return search?.failed() ? { ...rendering, provisional: true } : rendering;
}

async function open(
  { sources, limits }: MakerDeps,
  file: File,
  plan: Pick<ImagePlan, 'page' | 'maxFrames'>,
): Promise<Source> {
  return inspectSource(await sources.load(file), { mimeType: file.mimeType, limits, plan });
}
