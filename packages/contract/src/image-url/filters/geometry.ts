import type { FocalRegion } from '../image-plan.ts';
import { type FilterArguments, FilterFault } from './arguments.ts';
import type { FilterTable } from './filter.ts';

/** Filters that settle which part of the original is shown, and at what size. */
export const geometryFilters: FilterTable = {
  focal: {
    parse: (args, draft) => {
      const region = focalRegion(args.atMost(4));
      if (region) draft.focal.push(region);
    },
    forms: ['focal(LxT:RxB)', 'focal(x,y)'],
    effect:
      'crops around this region or point (also `XxY`), in pixels or shares; several are weighted by their area',
    examples: [{ image: 'focal', options: '120x120/filters:focal(0.1x0.6:0.3x0.9)' }],
  },
  proportion: {
    parse: (args, draft) => {
      const value = args.atMost(1).number(0, { min: 0, max: 100 });
      if (value === 0) throw new FilterFault('takes a share above 0');
      draft.proportion = value > 1 ? value / 100 : value;
    },
    forms: ['proportion(0.5)'],
    effect: 'this share of the size; above 1, percent',
    examples: [{ image: 'proportion', options: '240x/filters:proportion(0.5)' }],
  },
  orient: {
    parse: (args, draft) => {
      draft.orientDegrees = quarterTurn(args);
    },
    forms: ['orient(180)'],
    effect: 'turns counter-clockwise by quarter turns, before anything else',
    examples: [{ image: 'orient', options: '160x/filters:orient(180)' }],
  },
  upscale: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.upscale = true;
    },
    forms: ['upscale()'],
    effect: 'allows enlarging',
  },
  no_upscale: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.upscale = false;
    },
    forms: ['no_upscale()'],
    effect: 'forbids enlarging, which is the default',
  },
  stretch: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.stretch = true;
    },
    forms: ['stretch()'],
    effect: 'as `/stretch/`',
  },
  page: {
    parse: (args, draft) => {
      draft.page = args.atMost(1).integer(0, { min: 1, max: 10_000 });
    },
    forms: ['page(2)'],
    effect: 'one page of a document or one frame of an animation, from 1',
  },
  max_frames: {
    parse: (args, draft) => {
      draft.maxFrames = args.atMost(1).integer(0, { min: 1, max: 10_000 });
    },
    forms: ['max_frames(10)'],
    effect: 'at most this number of frames',
  },
};

/**
 * The clockwise degrees of a quarter turn whose argument counts counter-clockwise, as Thumbor's `rotate()` and imagor's `rotate()`
 * and `orient()` do.
 * @throws FilterFault for anything but whole quarter turns
 */
export function quarterTurn(args: FilterArguments): 0 | 90 | 180 | 270 {
  const degrees = args.atMost(1).integer(0, { min: -360_000, max: 360_000 });
  const turns = [0, 90, 180, 270] as const;
  const turn = turns.find((candidate) => candidate === ((-degrees % 360) + 360) % 360);
  if (turn === undefined) throw new FilterFault('takes 0, 90, 180 or 270 degrees, or full turns more');
  return turn;
}

const coordinate = String.raw`(\d{1,6}(?:\.\d{0,20})?|\.\d{1,20})`;
const focalPattern = new RegExp(`^${coordinate}[x,:]${coordinate}(?:[x,:]${coordinate}[x,:]${coordinate})?$`);

/**
 * A region `LxT:RxB` or a point `X,Y`; imagor accepts any of the three characters at any of these positions. Undefined for a
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
