import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import { describeImage } from './describe/describe.ts';
import type { FindFaces } from './pipeline/decode.ts';
import type { KeepReduced } from './pipeline/reduce.ts';
import { type RenderInput, type Rendering, render } from './pipeline/render.ts';
import { inspectSource, type Source } from './pipeline/source.ts';

/** A file with its bytes. */
export interface Original {
  readonly key: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/** What a picture is made of. Plain data, so that it can be handed to another process. */
export interface PictureWork {
  readonly original: Original;
  readonly overlays: readonly Original[];
  readonly plan: ImagePlan;
  readonly accepted: readonly ImageFormat[];
  readonly limits: Limits;
}

export interface MadePicture {
  readonly rendering: Rendering;
  /** How long each part of the work took, in milliseconds. */
  readonly parts: readonly (readonly [part: string, milliseconds: number])[];
}

export interface PictureHelp {
  /** Gives what finds the faces in the original, if anything does. */
  readonly searchFaces: (source: Source) => FindFaces | undefined;
  /** Keeps the reduced copies of the original. */
  readonly keepReduced: KeepReduced;
}

/**
 * Makes the picture, or its description.
 * @param help without it, there are no faces and nothing is kept
 */
export async function makePicture(work: PictureWork, help?: PictureHelp): Promise<MadePicture> {
  const { original, plan, accepted, limits } = work;
  const source = await inspectSource(original.bytes, { mimeType: original.mimeType, limits, plan });
  const overlays = new Map<string, Source>();
  for (const { key, bytes, mimeType } of work.overlays)
    overlays.set(key, await inspectSource(bytes, { mimeType, limits, plan: { maxFrames: 1 } }));
  const findFaces = help?.searchFaces(source);
  const input: RenderInput = {
    plan,
    source,
    overlays,
    accepted,
    limits: { maxSide: limits.maxOutputImageSide, maxPixels: limits.maxSourceImagePixels },
    ...(findFaces && { findFaces }),
    ...(help && { keepReduced: help.keepReduced }),
  };
  const parts: [string, number][] = [];
  const rendering = plan.meta
    ? await describeImage(input, plan.meta)
    : await render(input, (part, milliseconds) => parts.push([part, milliseconds]));
  return { rendering, parts };
}
