import { type FilterArguments, FilterFault } from './image-filter-arguments.ts';
import type { FilterTable } from './image-filter-table.ts';
import type { FocalRegion, ImageFill } from './image-plan.ts';
import type { ImageTrim } from './image-url.ts';

const maxPixels = 100_000;
const fillWords = ['auto', 'blur', 'transparent', 'none'] as const;

/** Filters that change which part of the picture is seen, and how large. */
export const geometryFilters: FilterTable = {
  rotate: (args, draft) => {
    const degrees = quarterTurn(args);
    if (degrees !== 0) draft.steps.push({ do: 'rotate', degrees });
  },
  orient: (args, draft) => {
    draft.orientDegrees = quarterTurn(args);
  },
  upscale: (args, draft) => {
    args.atMost(0);
    draft.upscale = true;
  },
  no_upscale: (args, draft) => {
    args.atMost(0);
    draft.upscale = false;
  },
  stretch: (args, draft) => {
    args.atMost(0);
    draft.stretch = true;
  },
  proportion: (args, draft) => {
    const value = args.atMost(1).number(0, { min: 0, max: 100 });
    if (value === 0) throw new FilterFault('takes a share above 0');
    draft.proportion = value > 1 ? value / 100 : value;
  },
  fill: (args, draft) => {
    const fill = fillOf(args.atMost(2));
    draft.steps.push({ do: 'fill', fill: fill === 'auto' ? autoFillOf(args) : fill });
  },
  padding: (args, draft) => {
    const fill = fillOf(args.atMost(5));
    const side = (position: number, fallback: number) =>
      args.integer(position, { min: 0, max: maxPixels, default: fallback });
    const left = side(1, 0);
    const top = side(2, left);
    const sides = { left, top, right: side(3, left), bottom: side(4, top) };
    if (Object.values(sides).some((pixels) => pixels > 0)) draft.steps.push({ do: 'pad', fill, sides });
  },
  crop: (args, draft) => {
    const [left = 0, top = 0, width = 0, height = 0] = [0, 1, 2, 3].map((position) =>
      args.atMost(4).number(position, { min: 0, max: maxPixels }),
    );
    if (width === 0 || height === 0) throw new FilterFault('takes a width and a height above 0');
    const relative = left < 1 && top < 1 && width <= 1 && height <= 1;
    draft.steps.push({ do: 'crop', left, top, width, height, relative });
  },
  trim: (args, draft) => {
    const tolerance = args.atMost(2).integer(0, { min: 0, max: 442, default: 0 });
    draft.steps.push({ do: 'trim', from: cornerOf(args), tolerance });
  },
  focal: (args, draft) => {
    const region = focalRegion(args.atMost(4));
    if (region) draft.focal.push(region);
  },
  page: (args, draft) => {
    draft.page = args.atMost(1).integer(0, { min: 1, max: 10_000 });
  },
  max_frames: (args, draft) => {
    draft.maxFrames = args.atMost(1).integer(0, { min: 1, max: 10_000 });
  },
};

function quarterTurn(args: FilterArguments): 0 | 90 | 180 | 270 {
  const degrees = args.atMost(1).integer(0, { min: -360_000, max: 360_000 });
  const turns = [0, 90, 180, 270] as const;
  const turn = turns.find((candidate) => candidate === ((degrees % 360) + 360) % 360);
  if (turn === undefined) throw new FilterFault('takes 0, 90, 180 or 270 degrees, or full turns more');
  return turn;
}

function fillOf(args: FilterArguments): ImageFill {
  const fill = args.isMissing(0) ? 'transparent' : args.colour(0, fillWords);
  return fill === 'none' ? 'transparent' : fill;
}

/**
 * imagor's second argument of `auto`: the corner whose colour it is. Thumbor's, of any fill, lets the colour shine through
 * where the picture does, which ours always does.
 */
function autoFillOf(args: FilterArguments): ImageFill {
  if (['true', 'false', '1', '0'].includes(args.text(1).toLowerCase())) return 'auto';
  return cornerOf(args) === 'top-left' ? 'auto' : 'auto-bottom-right';
}

/** The second argument: the corner that says what the surroundings look like. */
function cornerOf(args: FilterArguments): ImageTrim['from'] {
  const corner = args.text(1).toLowerCase();
  if (corner === '' || corner === 'top-left') return 'top-left';
  if (corner === 'bottom-right') return corner;
  throw new FilterFault('takes "top-left" or "bottom-right" as argument 2');
}

const coordinate = String.raw`(\d{1,6}(?:\.\d{0,20})?|\.\d{1,20})`;
const focalPattern = new RegExp(`^${coordinate}[x,:]${coordinate}(?:[x,:]${coordinate}[x,:]${coordinate})?$`);

/**
 * A region `LxT:RxB` or a point `X,Y`; imagor takes any of the three characters at any of the places. Undefined for a
 * region without extent, which counts for nothing.
 */
function focalRegion(args: FilterArguments): FocalRegion | undefined {
  const match = focalPattern.exec(args.joined());
  if (!match) throw new FilterFault('takes a region such as 10x20:110x120, or a point such as 0.5,0.3');
  const [left = 0, top = 0, right = left, bottom = top] = match
    .slice(1)
    .flatMap((text) => (text === undefined ? [] : [Number(text)]));
  const point = match[3] === undefined;
  return point || (right > left && bottom > top) ? { left, top, right, bottom } : undefined;
}
