import type { FocalRegion, ImageDescription } from '@bkend/storage-contract';
import { turnedSize } from '../transform/decode.ts';
import { clamp } from '../transform/geometry/size.ts';
import { type RenderInput, type Rendition, renderCanvas } from '../transform/render.ts';
import { unreadable } from '../transform/source-type.ts';
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
  readonly blurhash?: string;
  /** In base64. */
  readonly thumbhash?: string;
  /** `#rrggbb` */
  readonly avgcolor?: string;
}

/** Describes an image as JSON. Placeholders describe the rendition that the other options would make. */
export async function describeImage(input: RenderInput, asked: ImageDescription): Promise<Rendition> {
  const { source } = input;
  const { header } = source;
  const meta: ImageMeta = {
    format: source.type,
    contentType: source.type === 'svg' ? 'image/svg+xml' : `image/${source.type}`,
    ...source.size,
    orientation: header.orientation ?? 1,
    pages: header.pages ?? 1,
    hasAlpha: header.hasAlpha,
    space: header.space,
    size: source.sizeBytes,
    focal: await focalRegions(input),
    ...(await placeholders(input, asked).catch(unreadable)),
  };
  return { bytes: Buffer.from(JSON.stringify(meta)), contentType: 'application/json; charset=utf-8' };
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

async function placeholders(input: RenderInput, asked: ImageDescription) {
  if (!asked.blurhash && !asked.thumbhash && !asked.averageColour) return {};
  const still = { ...input.source, frames: 1, options: { ...input.source.options, pages: 1 } };
  const image = await shrink(await renderCanvas({ ...input, source: still }), maxThumbhashSide);
  return {
    ...(asked.blurhash && { blurhash: blurhash(image, asked.blurhash) }),
    ...(asked.thumbhash && { thumbhash: thumbhash(image) }),
    ...(asked.averageColour && { avgcolor: averageColour(image) }),
  };
}
