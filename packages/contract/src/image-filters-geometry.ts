import { type FilterArguments, FilterFault } from './image-filter-arguments.ts';
import type { FilterTable } from './image-filter-table.ts';
import type { FocalRegion, ImageFill } from './image-plan.ts';

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
    // Thumbor's second argument: let the colour shine through where the picture does, which ours always does.
    args.atMost(2);
    draft.steps.push({ do: 'fill', fill: fillOf(args) });
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
  focal: (args, draft) => {
    const region = focalRegion(args.atMost(2));
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
  const degrees = args.atMost(1).integer(0, { min: -360, max: 360 });
  const turns = [0, 90, 180, 270] as const;
  const turn = turns.find((candidate) => candidate === (degrees + 360) % 360);
  if (turn === undefined) throw new FilterFault('takes 0, 90, 180 or 270 degrees');
  return turn;
}

function fillOf(args: FilterArguments): ImageFill {
  const fill = args.isMissing(0) ? 'transparent' : args.colour(0, fillWords);
  return fill === 'none' ? 'transparent' : fill;
}

const coordinate = String.raw`(\d{1,6}(?:\.\d{1,9})?|\.\d{1,9})`;
const regionPattern = new RegExp(`^${coordinate}x${coordinate}:${coordinate}x${coordinate}$`);
const pointPattern = new RegExp(`^${coordinate}$`);

/** A region `LxT:RxB`, or a point `X,Y`; undefined for a region without extent, which counts for nothing. */
function focalRegion(args: FilterArguments): FocalRegion | undefined {
  const region = regionPattern.exec(args.text(0));
  if (region && args.count === 1) {
    const [left = 0, top = 0, right = 0, bottom = 0] = region.slice(1).map(Number);
    return right > left && bottom > top ? { left, top, right, bottom } : undefined;
  }
  if (args.count === 2 && pointPattern.test(args.text(0)) && pointPattern.test(args.text(1))) {
    const [x, y] = [Number(args.text(0)), Number(args.text(1))];
    return { left: x, top: y, right: x, bottom: y };
  }
  throw new FilterFault('takes a region such as 10x20:110x120, or a point such as 0.5,0.3');
}
