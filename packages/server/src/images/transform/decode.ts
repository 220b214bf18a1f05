import type { ImagePlan } from '@bkend/storage-contract';
import type { Sharp } from 'sharp';
import { type Canvas, mapFrames, open, read } from './canvas.ts';
import { densityFor, scaledBox } from './drawing.ts';
import { type Layout, type LayoutInput, layOut } from './geometry/layout.ts';
import { type Box, type Size, type SizeLimits, sidesSwapped } from './geometry/size.ts';
import { beforeTurn, type Turn } from './geometry/turn.ts';
import { openUpright } from './open-source.ts';
import { reducedFor } from './reduced-copies.ts';
import type { Source } from './source.ts';
import { damaged, tooManyPixels } from './source-type.ts';
import { borderOf, minTrimmed } from './trim-border.ts';

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
export async function decode(input: DecodeInput): Promise<Decoding> {
  const layout = await layOutSource(input);
  return { layout, image: await pipelineFor(input, layout) };
}

/** The geometry of a plan on a source; a border to be trimmed, and faces, are looked for where the plan asks for them. */
export async function layOutSource({ source, plan, limits, findFaces }: DecodeInput): Promise<Layout> {
  const image = turnedSize(source, plan);
  const trimmed = trims(source, plan) ? await findTrim(source, plan) : undefined;
  const input: LayoutInput = { image, limits, ...(trimmed && { trimmed }) };
  const layout = layOut(plan, input);
  return layout.attention && findFaces ? layOut(plan, { ...input, faces: await findFaces(image) }) : layout;
}

/** The pipeline of a layout; not run yet. */
export async function pipelineFor({ source, plan }: DecodeInput, layout: Layout): Promise<Sharp> {
  const later = frameTurn(source, plan);
  const turned = turnedSize(source, plan);
  const { part, scaled, kept } = later ? beforeTurn(layout, turned, later.turn) : layout;
  const turn = later ? 0 : plan.orientDegrees;
  const flips = later ? noFlips : { horizontally: plan.flipX, vertically: plan.flipY };
  const size = later ? source.size : turned;

  const drawing = source.type === 'svg' ? await densityFor(source, { size, part, scaled }) : undefined;
  const copy = part || turn !== 0 ? undefined : await reducedFor(source, scaled);
  const image = copy ? open(copy) : await openUpright(source, drawing?.density);
  if (!copy && turn !== 0) image.rotate(turn);
  // sharp flips before it turns, and then before any crop; without a turn, only before the crop after scaling.
  const drawn = drawing && (turn % 180 === 0 ? drawing.size : sidesSwapped(drawing.size));
  const used = part && drawn ? scaledBox(part, size, drawn) : part;
  if (used) image.extract(turn === 0 ? used : mirrored(used, drawn ?? size, flips));
  const cover = layout.attention && source.frames === 1;
  if (cover) image.resize(scaled.width, scaled.height, { fit: 'cover', position: 'attention' });
  else if (layout.attention) image.resize(scaled.width, scaled.height, { fit: 'cover' });
  // Even where it changes nothing: sharp would run a crop without a resize before it as the first operation.
  else image.resize(scaled.width, scaled.height, { fit: 'fill' });
  if (kept) image.extract(mirrored(kept, scaled, flips));
  const isOnItsSide = turn % 180 !== 0;
  if (isOnItsSide ? flips.vertically : flips.horizontally) image.flop();
  if (isOnItsSide ? flips.horizontally : flips.vertically) image.flip();
  return image;
}

/** Opens a source upright and turned by `orient()`; a drawing in about the size that it is scaled to. */
export async function openTurned(source: Source, plan: ImagePlan, scaled?: Size): Promise<Sharp> {
  const size = turnedSize(source, plan);
  const isDrawn = source.type === 'svg' && scaled !== undefined;
  const drawing = isDrawn ? await densityFor(source, { size, part: undefined, scaled }) : undefined;
  const image = await openUpright(source, drawing?.density);
  return plan.orientDegrees === 0 ? image : image.rotate(plan.orientDegrees);
}

/** A turn and flips of each frame by itself. */
interface FrameTurn {
  readonly turn: Turn;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

/**
 * The turn and flips that the frames of an animation get after they are decoded: they lie one below the other, and turned or flipped
 * together they would change their order. Undefined where the pipeline does everything.
 */
export function frameTurn(
  { frames }: Source,
  { orientDegrees, flipX, flipY }: ImagePlan,
): FrameTurn | undefined {
  return frames > 1 && (orientDegrees !== 0 || flipY) ? { turn: orientDegrees, flipX, flipY } : undefined;
}

/** Turns, then flips, each frame of a canvas. */
export async function turnFrames(canvas: Canvas, { turn, flipX, flipY }: FrameTurn): Promise<Canvas> {
  const turned = turn === 0 ? canvas : await mapFrames(canvas, (frame) => frame.rotate(turn));
  const flipped =
    !flipX && !flipY ? turned : await mapFrames(turned, (frame) => frame.flop(flipX).flip(flipY));
  return { ...flipped, frameBox: canvas.frameBox };
}

interface Flips {
  readonly horizontally: boolean;
  readonly vertically: boolean;
}

const noFlips: Flips = { horizontally: false, vertically: false };

/** The box of a part after its image is flipped. */
function mirrored(part: Box, image: Size, { horizontally, vertically }: Flips): Box {
  return {
    ...part,
    ...(horizontally && { left: image.width - part.left - part.width }),
    ...(vertically && { top: image.height - part.top - part.height }),
  };
}

/** Size of the upright source after `orient()`. */
export function turnedSize({ size }: Pick<Source, 'size'>, { orientDegrees }: ImagePlan): Size {
  return orientDegrees % 180 === 0 ? size : sidesSwapped(size);
}

/** Whether the border of the source is trimmed. Animations keep it, as with imagor: their frames would get different sizes. */
export function trims(source: Source, plan: ImagePlan): boolean {
  const { width, height } = source.size;
  return plan.trim !== undefined && source.frames === 1 && Math.min(width, height) >= minTrimmed;
}

/** The box inside a border that has the colour of a corner. */
async function findTrim(source: Source, plan: ImagePlan): Promise<Box | undefined> {
  const { limitInputPixels } = source.options;
  const { width, height } = source.size;
  if (typeof limitInputPixels === 'number' && width * height > limitInputPixels)
    throw tooManyPixels(limitInputPixels);
  const image = await openTurned(source, plan);
  const whole = { frames: 1, frameBox: turnedSize(source, plan) };
  const canvas = await read(image, whole).catch((error: unknown) => damaged(source.type, error));
  return plan.trim && borderOf(canvas, plan.trim);
}
