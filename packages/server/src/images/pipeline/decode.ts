import type { ImagePlan } from '@bkend/storage-contract';
import type { Sharp } from 'sharp';
import { type Layout, type LayoutInput, layOut } from '../geometry/layout.ts';
import type { Box, Size } from '../geometry/size.ts';
import type { SizeLimits } from '../geometry/target-size.ts';
import { open } from './canvas.ts';
import { engine, maxSeconds } from './engine.ts';
import { reducedFor } from './reduced-copies.ts';
import { type Source, unreadable } from './source.ts';
import { minTrimmed } from './steps/trim.ts';

export interface DecodeInput {
  readonly source: Source;
  readonly plan: ImagePlan;
  readonly limits: SizeLimits;
  /** Asked only when a crop goes by what is in the picture. */
  readonly findFaces?: FindFaces;
}

/** Where the faces are, in pixels of a picture of this size. */
export type FindFaces = (picture: Size) => Promise<readonly Box[]>;

export interface Decoding {
  readonly layout: Layout;
  /** Decodes, turns upright, cuts and scales when it is run. */
  readonly picture: Sharp;
}

/**
 * Sets up what a plan does to a source before its steps, as one run of libvips that shrinks while it reads. A small picture of
 * a large photograph begins from a reduced copy of it.
 */
export async function decode({ source, plan, limits, findFaces }: DecodeInput): Promise<Decoding> {
  const size = turnedSize(source, plan);
  const trims =
    plan.trim !== undefined && source.frames === 1 && Math.min(size.width, size.height) >= minTrimmed;
  const trimmed = trims ? await findTrim(source, plan) : undefined;
  const input: LayoutInput = { picture: size, limits, ...(trimmed && { trimmed }) };
  const withoutFaces = layOut(plan, input);
  const layout =
    withoutFaces.attention && findFaces
      ? layOut(plan, { ...input, faces: await findFaces(size) })
      : withoutFaces;
  const { part, scaled, kept } = layout;
  const degrees = degreesOf(source, plan);
  const copy = part || degrees !== 0 ? undefined : await reducedFor(source, scaled);
  const picture = copy ? open(copy) : await upright(source, plan, layout);
  // sharp flips before it turns, and then before any cut; without a turn, only before what is cut after scaling.
  const flips = flipsOf(source, plan);
  if (part) picture.extract(degrees === 0 ? part : mirrored(part, size, flips));
  const cover = layout.attention && source.frames === 1;
  if (cover) picture.resize(scaled.width, scaled.height, { fit: 'cover', position: 'attention' });
  else if (layout.attention) picture.resize(scaled.width, scaled.height, { fit: 'cover' });
  // Also where it changes nothing: a cut with no resize before it would be the very first thing that is done.
  else picture.resize(scaled.width, scaled.height, { fit: 'fill' });
  if (kept) picture.extract(mirrored(kept, scaled, flips));
  const isOnItsSide = degrees % 180 !== 0;
  if (isOnItsSide ? flips.vertically : flips.horizontally) picture.flop();
  if (isOnItsSide ? flips.horizontally : flips.vertically) picture.flip();
  return { layout, picture };
}

/** Frames cannot be turned by libvips as they are read; animations with an orientation are not made by anything. */
export async function upright(source: Source, plan: ImagePlan, layout?: Layout): Promise<Sharp> {
  const vector = source.type === 'svg' && layout ? vectorDensity(source.size, layout) : undefined;
  const picture = engine(await source.original.bytes(), {
    ...source.options,
    ...(vector && { density: vector }),
  });
  picture.timeout({ seconds: maxSeconds });
  if (source.frames > 1) return picture;
  picture.autoOrient();
  const degrees = degreesOf(source, plan);
  return degrees === 0 ? picture : picture.rotate(degrees);
}

/** By how much the picture is turned beyond being upright. */
function degreesOf({ frames }: Source, { orientDegrees }: ImagePlan): number {
  return frames > 1 ? 0 : orientDegrees;
}

interface Flips {
  readonly horizontally: boolean;
  readonly vertically: boolean;
}

/** How the picture is flipped as it is read. Frames lie one below the other: turned over together, they would be shown backwards. */
function flipsOf({ frames }: Source, { flipX, flipY }: ImagePlan): Flips {
  return { horizontally: flipX, vertically: flipY && frames === 1 };
}

/** Where a part of a picture lies once the picture is flipped. */
function mirrored(part: Box, picture: Size, { horizontally, vertically }: Flips): Box {
  return {
    ...part,
    ...(horizontally && { left: picture.width - part.left - part.width }),
    ...(vertically && { top: picture.height - part.top - part.height }),
  };
}

/** A drawing that is enlarged is drawn larger, not blown up; never so large that the pixels would be too many. */
function vectorDensity(size: Size, { part, scaled }: Layout): number | undefined {
  const factor = scaled.width / (part ?? size).width;
  return factor > 1 && part === undefined ? Math.min(72 * factor, 2_400) : undefined;
}

/** As the plan turns it. */
export function turnedSize(source: Source, plan: ImagePlan): Size {
  const { width, height } = source.size;
  return degreesOf(source, plan) % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Where the picture proper begins: inside of a border that has the colour of a corner. */
async function findTrim(source: Source, plan: ImagePlan): Promise<Box | undefined> {
  const threshold = Math.max(1, plan.trim?.tolerance ?? 0);
  const background = plan.trim?.from === 'bottom-right' ? await lastPixel(source, plan) : undefined;
  const picture = await upright(source, plan);
  const { info } = await picture
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
  const picture = await upright(source, plan);
  const pixel = await picture
    .extract({ left: width - 1, top: height - 1, width: 1, height: 1 })
    .toColourspace('srgb')
    .raw()
    .toBuffer()
    .catch(unreadable);
  return { r: pixel[0] ?? 0, g: pixel[1] ?? 0, b: pixel[2] ?? 0 };
}
