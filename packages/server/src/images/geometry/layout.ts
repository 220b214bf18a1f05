import type { ImagePlan } from '@bkend/storage-contract';
import { cropBox, fillingBox, focalPoint, focus, intersectBoxes, pointsWithin } from './crop.ts';
import { aroundFaces, facesWithin } from './faces.ts';
import type { Box, Size } from './size.ts';
import {
  adaptBox,
  coverSize,
  fitInSize,
  proportionOf,
  requestedSize,
  type SizeLimits,
  withinLimits,
} from './target-size.ts';

/** How a picture comes to its size, in this order. */
export interface Layout {
  /** The part of the upright picture that is used; absent for all of it. */
  readonly part?: Box;
  /** What that part is scaled to. */
  readonly scaled: Size;
  /** What is kept of the scaled part; absent for all of it. */
  readonly kept?: Box;
  /** Let the engine choose where `kept` lies, by what draws attention. */
  readonly attention: boolean;
  /** The result. */
  readonly size: Size;
  /** The box that `fill()` fills. */
  readonly canvas: Size;
}

export interface LayoutInput {
  /** Upright. */
  readonly picture: Size;
  /** What `trim` found to be the picture proper. */
  readonly trimmed?: Box;
  /** In pixels of the upright picture. */
  readonly faces?: readonly Box[];
  readonly limits: SizeLimits;
}

/** The geometry of a plan on one picture. Pure. */
export function layOut(plan: ImagePlan, input: LayoutInput): Layout {
  const { picture, limits } = input;
  const part = usedPart(plan, input);
  const box = withinLimits(requestedSize(part, plan), limits);
  const turned = plan.adaptive ? adaptBox(part, box) : box;
  const whole = part.width === picture.width && part.height === picture.height;
  const base = { ...(!whole && { part }), attention: false };
  const sized = (size: Size) => withinLimits(proportionOf(size, plan.proportion), limits);

  if (plan.mode !== 'fill') {
    const wanted =
      plan.mode === 'fit-in' ? fitInSize(part, turned, plan) : coverSize(part, box, plan.upscale);
    const size = sized(wanted);
    return { ...base, scaled: size, size, canvas: canvasOf(plan, turned, size) };
  }
  const size = sized(coverSize(part, box, plan.upscale));
  const canvas = canvasOf(plan, box, size);
  const asked = plan.focal.map((region) => focalPoint(picture, region));
  const points = pointsWithin(asked, { part, cropped: plan.crop !== undefined && !whole });
  const filling = fillingBox(part, size, focus(part, points, plan));
  // A free side follows the picture; that it comes out in whole pixels is no reason to cut.
  const follows = plan.width === 0 || plan.height === 0;
  if (follows || (filling.width === part.width && filling.height === part.height)) {
    return { ...base, scaled: size, size, canvas };
  }
  if (plan.smart && points.length === 0) {
    const faces = facesWithin(input.faces ?? [], part);
    if (faces.length === 0) return { ...base, attention: true, scaled: size, size, canvas };
    const holding = fillingBox(part, size, aroundFaces(filling, faces));
    return { ...base, ...scaleThenCut(part, holding, size), size, canvas };
  }
  return { ...base, ...scaleThenCut(part, filling, size), size, canvas };
}

function usedPart(plan: ImagePlan, { picture, trimmed }: LayoutInput): Box {
  const whole: Box = { left: 0, top: 0, ...picture };
  const inside = trimmed ?? whole;
  return plan.crop ? intersectBoxes(inside, cropBox(picture, plan.crop)) : inside;
}

/**
 * Scaling first and cutting then shows the same as Thumbor's cut and scale, and lets the decoder shrink while it reads.
 */
function scaleThenCut(part: Size, filling: Box, size: Size): Pick<Layout, 'scaled' | 'kept'> {
  const factorX = size.width / filling.width;
  const factorY = size.height / filling.height;
  const scaled = {
    width: Math.max(size.width, Math.round(part.width * factorX)),
    height: Math.max(size.height, Math.round(part.height * factorY)),
  };
  const left = Math.min(wholePixels(filling.left * factorX), scaled.width - size.width);
  const top = Math.min(wholePixels(filling.top * factorY), scaled.height - size.height);
  return { scaled, kept: { left, top, ...size } };
}

/** Half a pixel goes down, as where imagor cuts. */
function wholePixels(value: number): number {
  return Math.max(0, Math.ceil(value - 0.5));
}

/** A side that was left free is as long as the result's. */
function canvasOf(plan: ImagePlan, box: Size, size: Size): Size {
  const asked = (side: ImagePlan['width'], length: number, own: number) =>
    side === 0 ? own : Math.max(own, Math.round(length * plan.proportion));
  return {
    width: asked(plan.width, box.width, size.width),
    height: asked(plan.height, box.height, size.height),
  };
}
