import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import { describeImage } from './describe/describe.ts';
import type { FindFaces } from './pipeline/decode.ts';
import type { Original } from './pipeline/original.ts';
import { type RenderInput, type Rendering, render } from './pipeline/render.ts';
import { inspectSource, type Source } from './pipeline/source.ts';

/** A file that goes into a picture. */
export interface PictureFile {
  readonly key: string;
  /** What it says it is. */
  readonly mimeType: string;
  readonly original: Original;
}

/** What a picture is made of. */
export interface PictureWork {
  readonly file: PictureFile;
  readonly overlays: readonly PictureFile[];
  readonly plan: ImagePlan;
  readonly accepted: readonly ImageFormat[];
  readonly limits: Limits;
}

export interface MadePicture {
  readonly rendering: Rendering;
  /** How long each part of the work took, in milliseconds. */
  readonly parts: readonly (readonly [part: string, milliseconds: number])[];
}

/**
 * Makes the picture, or its description.
 * @param searchFaces gives what finds the faces in the file, if anything does
 */
export async function makePicture(
  work: PictureWork,
  searchFaces: (source: Source) => FindFaces | undefined = () => undefined,
): Promise<MadePicture> {
  const { file, plan, accepted, limits } = work;
  const source = await inspectSource(file.original, { mimeType: file.mimeType, limits, plan });
  const overlays = new Map<string, Source>();
  for (const { key, original, mimeType } of work.overlays)
    overlays.set(key, await inspectSource(original, { mimeType, limits, plan: { maxFrames: 1 } }));
  const findFaces = searchFaces(source);
  const input: RenderInput = {
    plan,
    source,
    overlays,
    accepted,
    limits: { maxSide: limits.maxOutputImageSide, maxPixels: limits.maxSourceImagePixels },
    ...(findFaces && { findFaces }),
  };
  const parts: [string, number][] = [];
  const rendering = plan.meta
    ? await describeImage(input, plan.meta)
    : await render(input, (part, milliseconds) => parts.push([part, milliseconds]));
  return { rendering, parts };
}
