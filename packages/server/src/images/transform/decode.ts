import type { ImagePlan } from '@bkend/storage-contract';
import type { Sharp } from 'sharp';
import { type Canvas, open, read } from './canvas.ts';
import { engine, maxSeconds } from './engine.ts';
import { type Layout, type LayoutInput, layOut } from './geometry/layout.ts';
import type { Box, Size, SizeLimits } from './geometry/size.ts';
import type { Source } from './original.ts';
import { type SourceType, unreadable } from './source-type.ts';
import { minTrimmed } from './steps/extent.ts';

export interface DecodeInput {
  readonly source: Source;
  readonly plan: ImagePlan;
  readonly limits: SizeLimits;
  /** Called only for a crop by content. */
  readonly findFaces?: FindFaces;
}

/** Finds the boxes of faces, in pixels of an image of this size. */
export type FindFaces = (image: Size) => Promise<readonly Box[]>;

export interface Decoding {
  readonly layout: Layout;
  /** The pipeline that decodes, turns upright, crops and scales; not run yet. */
  readonly image: Sharp;
}

/**
 * Builds the pipeline before the steps: one run of libvips that decodes, crops and scales, and shrinks while it reads. A small
 * rendition of a large photograph begins from a reduced copy of it.
 */
export async function decode({ source, plan, limits, findFaces }: DecodeInput): Promise<Decoding> {
  const size = turnedSize(source, plan);
  const trims =
    plan.trim !== undefined && source.frames === 1 && Math.min(size.width, size.height) >= minTrimmed;
  const trimmed = trims ? await findTrim(source, plan) : undefined;
  const input: LayoutInput = { image: size, limits, ...(trimmed && { trimmed }) };
  const withoutFaces = layOut(plan, input);
  const layout =
    withoutFaces.attention && findFaces
      ? layOut(plan, { ...input, faces: await findFaces(size) })
      : withoutFaces;
  const { part, scaled, kept } = layout;
  const degrees = degreesOf(source, plan);
  const copy = part || degrees !== 0 ? undefined : await reducedFor(source, scaled);
  const image = copy ? open(copy) : await upright(source, plan, layout);
  // sharp flips before it turns, and then before any crop; without a turn, only before the crop after scaling.
  const flips = flipsOf(source, plan);
  if (part) image.extract(degrees === 0 ? part : mirrored(part, size, flips));
  const cover = layout.attention && source.frames === 1;
  if (cover) image.resize(scaled.width, scaled.height, { fit: 'cover', position: 'attention' });
  else if (layout.attention) image.resize(scaled.width, scaled.height, { fit: 'cover' });
  // Even where it changes nothing: sharp would run a crop without a resize before it as the first operation.
  else image.resize(scaled.width, scaled.height, { fit: 'fill' });
  if (kept) image.extract(mirrored(kept, scaled, flips));
  const isOnItsSide = degrees % 180 !== 0;
  if (isOnItsSide ? flips.vertically : flips.horizontally) image.flop();
  if (isOnItsSide ? flips.horizontally : flips.vertically) image.flip();
  return { layout, image };
}

/** Opens a source upright. libvips cannot turn frames while it reads them; no known encoder writes animations with an orientation. */
export async function upright(source: Source, plan: ImagePlan, layout?: Layout): Promise<Sharp> {
  const vector = source.type === 'svg' && layout ? vectorDensity(source.size, layout) : undefined;
  const image = engine(await source.original.bytes(), {
    ...source.options,
    ...(vector && { density: vector }),
  });
  image.timeout({ seconds: maxSeconds });
  if (source.frames > 1) return image;
  image.autoOrient();
  const degrees = degreesOf(source, plan);
  return degrees === 0 ? image : image.rotate(degrees);
}

/** Degrees by which `orient()` turns the upright image. */
function degreesOf({ frames }: Source, { orientDegrees }: ImagePlan): number {
  return frames > 1 ? 0 : orientDegrees;
}

interface Flips {
  readonly horizontally: boolean;
  readonly vertically: boolean;
}

/** Flips applied while reading. Frames lie one below the other: flipped vertically together, they would play backwards. */
function flipsOf({ frames }: Source, { flipX, flipY }: ImagePlan): Flips {
  return { horizontally: flipX, vertically: flipY && frames === 1 };
}

/** The box of a part after its image is flipped. */
function mirrored(part: Box, image: Size, { horizontally, vertically }: Flips): Box {
  return {
    ...part,
    ...(horizontally && { left: image.width - part.left - part.width }),
    ...(vertically && { top: image.height - part.top - part.height }),
  };
}

/** Dots per inch for an SVG that is enlarged: it is drawn larger rather than scaled, at most 2,400. */
function vectorDensity(size: Size, { part, scaled }: Layout): number | undefined {
  const factor = scaled.width / (part ?? size).width;
  return factor > 1 && part === undefined ? Math.min(72 * factor, 2_400) : undefined;
}

/** Size of the upright source after `orient()`. */
export function turnedSize(source: Source, plan: ImagePlan): Size {
  const { width, height } = source.size;
  return degreesOf(source, plan) % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** The box inside a border that has the colour of a corner. */
async function findTrim(source: Source, plan: ImagePlan): Promise<Box | undefined> {
  const threshold = Math.max(1, plan.trim?.tolerance ?? 0);
  const background = plan.trim?.from === 'bottom-right' ? await lastPixel(source, plan) : undefined;
  const image = await upright(source, plan);
  const { info } = await image
    .trim({ threshold, ...(background && { background }) })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(unreadable);
  if (info.trimOffsetLeft === undefined || info.trimOffsetTop === undefined) return undefined;
  const { width, height } = info;
  return { left: -info.trimOffsetLeft, top: -info.trimOffsetTop, width, height };
}

async function lastPixel(source: Source, plan: ImagePlan): Promise<{ r: number; g: number; b: number }> {
  const { width, height } = turnedSize(source, plan);
  const image = await upright(source, plan);
  const pixel = await image
    .extract({ left: width - 1, top: height - 1, width: 1, height: 1 })
    .toColourspace('srgb')
    .raw()
    .toBuffer()
    .catch(unreadable);
  return { r: pixel[0] ?? 0, g: pixel[1] ?? 0, b: pixel[2] ?? 0 };
}

// A change of one of these constants changes the bytes of renditions: raise `renditionVersion`.

/**
 * Divisors of the sides of an original by its format, largest first. libjpeg can decode at 1/8, 1/4 or 1/2 of the size, which is
 * faster than decoding the whole; sharp uses that from 1/9, 1/5 and 1/3 on (`src/pipeline.cc`, `jpegShrinkOnLoad`). The other
 * decoders always read the whole image: one copy serves all sizes.
 */
const divisors: Partial<Record<SourceType, readonly number[]>> = {
  jpeg: [9, 5, 3],
  png: [3],
  webp: [3],
  avif: [3],
};

/** An original of fewer pixels decodes quickly enough without a copy. */
const minPixels = 2_000_000;

/** Sides of a copy are whole pixels; on a shorter side, rounding would distort the ratio visibly. */
const minSide = 100;

/**
 * The smallest reduced copy that is no smaller than the wanted size; undefined where the original itself is to be decoded.
 * Decoding is most of the cost of a small rendition of a large photograph, so originals keep their copies. The first rendition is
 * made from a copy as well: equal requests get equal bytes from every process, whether a copy was kept or not.
 */
async function reducedFor(source: Source, wanted: Size): Promise<Canvas | undefined> {
  const { width, height } = source.size;
  const { pages = 1, depth } = source.header;
  if (width * height < minPixels || pages > 1 || depth !== 'uchar') return undefined;
  for (const divisor of divisors[source.type] ?? []) {
    const size = { width: Math.floor(width / divisor), height: Math.floor(height / divisor) };
    const isLargeEnough = size.width >= wanted.width && size.height >= wanted.height;
    if (isLargeEnough && Math.min(size.width, size.height) >= minSide) {
      return source.original.reducedBy(divisor, () => reduce(source, size));
    }
  }
  return undefined;
}

async function reduce({ original, options }: Source, size: Size): Promise<Canvas> {
  const image = engine(await original.bytes(), options)
    .timeout({ seconds: maxSeconds })
    .autoOrient()
    .resize(size.width, size.height, { fit: 'fill' });
  return read(image, { frames: 1, frameBox: size });
}
