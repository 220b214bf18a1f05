import type { ImagePlan } from '@bkend/storage-contract';
import {
  aroundFaces,
  cropBox,
  facesWithin,
  fillingBox,
  focalPoint,
  focus,
  intersectBoxes,
  pointsWithin,
} from './crop-box.ts';
import {
  adaptBox,
  type Box,
  coverSize,
  fitInSize,
  proportionOf,
  requestedSize,
  type Size,
  type SizeLimits,
  withinLimits,
} from './size.ts';

/** The geometry of one image, in the order in which it is applied. */
export interface Layout {
  /** The part of the upright image that is used; absent for all of it. */
  readonly part?: Box;
  /** Size that this part is scaled to. */
  readonly scaled: Size;
  /** The part of `scaled` that is kept; absent for all of it. */
  readonly kept?: Box;
  /** The engine chooses which part is kept, by saliency. */
  readonly attention: boolean;
  /** Size of the rendition before its steps. */
  readonly size: Size;
  /** The box that `fill()` fills. */
  readonly frameBox: Size;
}

export interface LayoutInput {
  /** Size of the upright image. */
  readonly image: Size;
  /** The image inside the border that `trim` has found. */
  readonly trimmed?: Box;
  /** In pixels of the upright image. */
  readonly faces?: readonly Box[];
  readonly limits: SizeLimits;
}

/** The geometry of a plan on one image. Pure. */
export function layOut(plan: ImagePlan, input: LayoutInput): Layout {
  const { image, limits } = input;
  const part = usedPart(plan, input);
  const box = withinLimits(requestedSize(part, plan), limits);
  const turned = plan.adaptive ? adaptBox(part, box) : box;
  const whole = part.width === image.width && part.height === image.height;
  const base = { ...(!whole && { part }), attention: false };
  const sized = (size: Size) => withinLimits(proportionOf(size, plan.proportion), limits);

  if (plan.mode !== 'fill') {
    const wanted =
      plan.mode === 'fit-in' ? fitInSize(part, turned, plan) : coverSize(part, box, plan.upscale);
    const size = sized(wanted);
    return { ...base, scaled: size, size, frameBox: frameBoxOf(plan, turned, size) };
  }
  const size = sized(coverSize(part, box, plan.upscale));
  const frameBox = frameBoxOf(plan, box, size);
  const asked = plan.focal.map((region) => focalPoint(image, region));
  const points = pointsWithin(asked, { part, cropped: plan.crop !== undefined && !whole });
  const filling = fillingBox(part, size, focus(part, points, plan));
  // A free side follows the image; its rounding to whole pixels is no reason to crop.
  const follows = plan.width === 0 || plan.height === 0;
  if (follows || (filling.width === part.width && filling.height === part.height)) {
    return { ...base, scaled: size, size, frameBox };
  }
  if (plan.smart && points.length === 0) {
    const faces = facesWithin(input.faces ?? [], part);
    if (faces.length === 0) return { ...base, attention: true, scaled: size, size, frameBox };
    const holding = fillingBox(part, size, aroundFaces(filling, faces));
    return { ...base, ...scaleThenCrop(part, holding, size), size, frameBox };
  }
  return { ...base, ...scaleThenCrop(part, filling, size), size, frameBox };
}

function usedPart(plan: ImagePlan, { image, trimmed }: LayoutInput): Box {
  const whole: Box = { left: 0, top: 0, ...image };
  const inside = trimmed ?? whole;
  return plan.crop ? intersectBoxes(inside, cropBox(image, plan.crop)) : inside;
}

/** Scaling before cropping shows the same as Thumbor's crop and scale, and lets the decoder shrink while it reads. */
function scaleThenCrop(part: Size, filling: Box, size: Size): Pick<Layout, 'scaled' | 'kept'> {
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

/** Rounds half a pixel down, as imagor's crop does. */
function wholePixels(value: number): number {
  return Math.max(0, Math.ceil(value - 0.5));
}

/** A free side is as long as that of the rendition. */
function frameBoxOf(plan: ImagePlan, box: Size, size: Size): Size {
  const asked = (side: ImagePlan['width'], length: number, own: number) =>
    side === 0 ? own : Math.max(own, Math.round(length * plan.proportion));
  return {
    width: asked(plan.width, box.width, size.width),
    height: asked(plan.height, box.height, size.height),
  };
}
