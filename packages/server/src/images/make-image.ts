import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import { type Cost, type CostedSource, type CostInput, costOfPlan } from './cost/cost-of-plan.ts';
import { affordableCost } from './cost/estimates.ts';
import { asksForFaces, type Faces } from './faces/faces.ts';
import { describeImage } from './placeholders/describe-image.ts';
import type { Original } from './transform/original.ts';
import { render } from './transform/render.ts';
import type { RenderInput, Rendition } from './transform/rendition.ts';
import { inspectSource, type Source } from './transform/source.ts';

/** A file that a rendition is made from. */
export interface SourceFile {
  readonly key: string;
  readonly etag: string;
  /** The type on record. */
  readonly mimeType: string;
  readonly original: Original;
}

/** Everything that a rendition is made from. */
export interface ImageWork {
  readonly file: SourceFile;
  readonly overlays: readonly SourceFile[];
  readonly plan: ImagePlan;
  readonly accepted: readonly ImageFormat[];
  readonly limits: Limits;
}

export interface MadeImage {
  readonly rendition: Rendition;
  /** Durations of the parts of the work, in milliseconds. */
  readonly parts: readonly (readonly [part: string, milliseconds: number])[];
}

/**
 * Makes a rendition, or the description of an image, in this process.
 * @param faces finds faces for smart crops; absent without a detector
 * @throws `file/invalid-format`, `file/file-too-large`; `common/invalid-parameters` for a cost above the budget
 */
export async function makeImage(work: ImageWork, faces?: Faces): Promise<MadeImage> {
  const input = await inspect(work);
  const { source, plan } = input;
  // For some formats, the estimate was a guess: only now is the header read.
  const { facesMilliseconds } = affordableCost(await costInput(input, faces !== undefined));
  const search = facesMilliseconds > 0 ? faces?.search({ file: work.file, source, plan }) : undefined;
  const parts: [string, number][] = [];
  const searching = search ? { ...input, findFaces: search.find } : input;
  const rendition = plan.meta
    ? await describeImage(searching, plan.meta)
    : await render(searching, (part, milliseconds) => parts.push([part, milliseconds]));
  return { rendition: search?.failed() ? { ...rendition, provisional: true } : rendition, parts };
}

/** The expected cost of {@link makeImage}; nothing is decoded. */
export async function costOfWork(work: ImageWork, looksForFaces: boolean): Promise<Cost> {
  return costOfPlan(await costInput(await inspect(work), looksForFaces));
}

async function inspect({ file, plan, accepted, limits, ...work }: ImageWork): Promise<RenderInput> {
  const source = await inspectSource(file.original, { mimeType: file.mimeType, limits, plan });
  const overlays = new Map<string, Source>();
  for (const { key, original, mimeType } of work.overlays)
    overlays.set(key, await inspectSource(original, { mimeType, limits, plan: { maxFrames: 1 } }));
  const sizes = { maxSide: limits.maxOutputImageSide, maxPixels: limits.maxSourceImagePixels };
  return { plan, source, overlays, accepted, limits: sizes };
}

async function costInput(input: RenderInput, looksForFaces: boolean): Promise<CostInput> {
  const costed = async (source: Source): Promise<CostedSource> => {
    const { scans, isArithmetic } = await source.original.kind();
    return { ...source, scans, isArithmetic };
  };
  const overlays = new Map<string, CostedSource>();
  for (const [key, overlay] of input.overlays) overlays.set(key, await costed(overlay));
  const faces = looksForFaces && asksForFaces(input.plan);
  return { ...input, source: await costed(input.source), overlays, faces };
}
