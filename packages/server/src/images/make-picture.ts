import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import { describeImage } from './describe/describe.ts';
import { asksForFaces, type Faces } from './faces/faces.ts';
import type { Original } from './pipeline/original.ts';
import { type RenderInput, type Rendering, render } from './pipeline/render.ts';
import { inspectSource, type Source } from './pipeline/source.ts';
import { affordablePrice } from './price/budget.ts';
import { type Price, type PricedSource, type PriceInput, priceOfPlan } from './price/price-of-plan.ts';

/** A file that goes into a picture. */
export interface PictureFile {
  readonly key: string;
  readonly etag: string;
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
 * @param faces finds faces for crops that go by them; absent where nothing can
 * @throws `file/invalid-format`, `file/file-too-large`, `common/invalid-parameters` for what is too expensive
 */
export async function makePicture(work: PictureWork, faces?: Faces): Promise<MadePicture> {
  const input = await inspect(work);
  const { source, plan } = input;
  // The host knew no more of some sources than their length.
  const { facesMilliseconds } = affordablePrice(await priced(input, faces !== undefined));
  const search = facesMilliseconds > 0 ? faces?.search({ file: work.file, source, plan }) : undefined;
  const parts: [string, number][] = [];
  const searching = search ? { ...input, findFaces: search.find } : input;
  const rendering = plan.meta
    ? await describeImage(searching, plan.meta)
    : await render(searching, (part, milliseconds) => parts.push([part, milliseconds]));
  return { rendering: search?.failed() ? { ...rendering, provisional: true } : rendering, parts };
}

/** What {@link makePicture} expects work to cost; nothing is decoded. */
export async function priceOfPicture(work: PictureWork, looksForFaces: boolean): Promise<Price> {
  return priceOfPlan(await priced(await inspect(work), looksForFaces));
}

async function inspect({ file, plan, accepted, limits, ...work }: PictureWork): Promise<RenderInput> {
  const source = await inspectSource(file.original, { mimeType: file.mimeType, limits, plan });
  const overlays = new Map<string, Source>();
  for (const { key, original, mimeType } of work.overlays)
    overlays.set(key, await inspectSource(original, { mimeType, limits, plan: { maxFrames: 1 } }));
  const sizes = { maxSide: limits.maxOutputImageSide, maxPixels: limits.maxSourceImagePixels };
  return { plan, source, overlays, accepted, limits: sizes };
}

async function priced(input: RenderInput, looksForFaces: boolean): Promise<PriceInput> {
  const withScans = async (source: Source): Promise<PricedSource> => ({
    ...source,
    scans: (await source.original.kind()).scans,
  });
  const overlays = new Map<string, PricedSource>();
  for (const [key, overlay] of input.overlays) overlays.set(key, await withScans(overlay));
  const faces = looksForFaces && asksForFaces(input.plan);
  return { ...input, source: await withScans(input.source), overlays, faces };
}
