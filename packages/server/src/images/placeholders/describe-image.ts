import type { FocalRegion, ImageDescription } from '@bkend/storage-contract';
import { trimsPixels } from '../cost/cost-of-plan.ts';
import { turnedSize } from '../transform/decode.ts';
import { layOut } from '../transform/geometry/layout.ts';
import { clamp, type Size } from '../transform/geometry/size.ts';
import type { SourceType } from '../transform/kind.ts';
import { framesNote } from '../transform/notes.ts';
import { renderCanvas, withFrameLimits } from '../transform/render.ts';
import type { RenderInput, Rendition } from '../transform/rendition.ts';
import { stillOf } from '../transform/source.ts';
import type { CanvasShape } from '../transform/steps/step.ts';
import { definitionOf } from '../transform/steps/steps.ts';
import { blurhash } from './blurhash.ts';
import { averageColour, shrink } from './pixels.ts';
import { maxThumbhashSide, thumbhash } from './thumbhash.ts';

/** The body of `meta/`. */
interface ImageMeta {
  readonly format: string;
  readonly contentType: string;
  /** Width and height of the upright image, in pixels. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8. */
  readonly orientation: number;
  /** Frames or pages. */
  readonly pages: number;
  readonly hasAlpha: boolean;
  /** The colour space of the original, such as `srgb` or `cmyk`. */
  readonly space: string;
  /** Size of the file in bytes. */
  readonly size: number;
  readonly focal: readonly FocalRegion[];
  /** The rendition that the other options make: its size in pixels, and its frames. */
  readonly target: Size & { readonly frames: number };
  readonly blurhash?: string;
  /** In base64. */
  readonly thumbhash?: string;
  /** `#rrggbb` */
  readonly avgcolor?: string;
}

const contentTypes: Partial<Record<SourceType, string>> = { svg: 'image/svg+xml', ico: 'image/x-icon' };

/** Describes an image as JSON. Placeholders describe the rendition that the other options would make. */
export async function describeImage(input: RenderInput, asked: ImageDescription): Promise<Rendition> {
  const { source } = input;
  const { header } = source;
  const meta: ImageMeta = {
    format: source.type,
    contentType: contentTypes[source.type] ?? `image/${source.type}`,
    ...source.size,
    orientation: header.orientation ?? 1,
    pages: header.pages ?? 1,
    hasAlpha: header.hasAlpha,
    space: header.space,
    size: source.sizeBytes,
    focal: await focalRegions(input),
    target: { ...(await targetSize(input)), frames: source.frames },
    ...(await placeholders(input, asked)),
  };
  const frames = framesNote(input);
  return {
    bytes: Buffer.from(JSON.stringify(meta)),
    contentType: 'application/json; charset=utf-8',
    ...(frames !== undefined && { notes: { frames } }),
  };
}

/** The regions that a crop goes around: those of the URL, or detected faces in pixels. */
async function focalRegions({ plan, source, findFaces }: RenderInput): Promise<readonly FocalRegion[]> {
  if (!findFaces) return plan.focal;
  const size = turnedSize(source, plan);
  return (await findFaces(size)).map(({ left, top, width, height }) => ({
    left: clamp(Math.round(left), 0, size.width),
    top: clamp(Math.round(top), 0, size.height),
    right: clamp(Math.round(left + width), 0, size.width),
    bottom: clamp(Math.round(top + height), 0, size.height),
  }));
}

/** Computed, unless the image has a border to be trimmed: that is known from its pixels alone. */
async function targetSize(input: RenderInput): Promise<Size> {
  const { plan, source } = input;
  if (trimsPixels(plan)) {
    const { width, height } = await renderCanvas({ ...input, source: stillOf(source) });
    return { width, height };
  }
  const { limits } = withFrameLimits(input);
  const { size, frameBox } = layOut(plan, { image: turnedSize(source, plan), limits });
  let shape: CanvasShape = { ...size, frameBox, hasAlpha: source.header.hasAlpha };
  for (const step of plan.steps) shape = definitionOf(step).shapeAfter?.(shape, step) ?? shape;
  return { width: shape.width, height: shape.height };
}

async function placeholders(input: RenderInput, asked: ImageDescription) {
  if (!asked.blurhash && !asked.thumbhash && !asked.averageColour) return {};
  const still = { ...input, source: stillOf(input.source) };
  const image = await shrink(await renderCanvas(still), maxThumbhashSide);
  return {
    ...(asked.blurhash && { blurhash: blurhash(image, asked.blurhash) }),
    ...(asked.thumbhash && { thumbhash: thumbhash(image) }),
    ...(asked.averageColour && { avgcolor: averageColour(image) }),
  };
}
