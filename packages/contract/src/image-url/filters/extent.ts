import type { ImageFill } from '../image-step.ts';
import type { ImageTrim } from '../image-url.ts';
import { type FilterArguments, FilterFault } from './arguments.ts';
import type { FilterTable } from './filter.ts';
import { quarterTurn } from './geometry.ts';

const maxPixels = 100_000;
const maxRadius = 10_000;
const fillWords = ['auto', 'blur', 'transparent', 'none'] as const;

/** Filters that change the frame box, its corners and its ground, applied in the order of the URL. */
export const extentFilters: FilterTable = {
  fill: {
    parse: (args, draft) => {
      const fill = fillOf(args.atMost(2));
      draft.steps.push({ do: 'fill', fill: fill === 'auto' ? autoFillOf(args) : fill });
    },
    forms: ['fill(teal)', 'fill(auto)', 'fill(blur)', 'fill(transparent)'],
    effect:
      'fills the box around an image that fits in, and behind what is transparent: a colour; `auto`, the colour of the top left corner (`auto,bottom-right`: of that one); `blur`, the image itself; or nothing',
    examples: [
      { image: 'fill-colour', options: 'fit-in/120x120/filters:fill(teal)' },
      { image: 'fill-auto', options: 'fit-in/120x120/filters:fill(auto)' },
      { image: 'fill-blur', options: 'fit-in/120x120/filters:fill(blur)' },
    ],
  },
  padding: {
    parse: (args, draft) => {
      const fill = fillOf(args.atMost(5));
      const side = (position: number, fallback: number) =>
        args.integer(position, { min: 0, max: maxPixels, default: fallback });
      const left = side(1, 0);
      const top = side(2, left);
      const sides = { left, top, right: side(3, left), bottom: side(4, top) };
      if (Object.values(sides).some((pixels) => pixels > 0)) draft.steps.push({ do: 'pad', fill, sides });
    },
    forms: ['padding(white,8,8,8,24)'],
    effect: 'a margin: fill as above, then left, top, right, bottom in pixels',
    examples: [{ image: 'padding-filter', options: '140x/filters:padding(white,8,8,8,24)' }],
  },
  background_color: {
    parse: (args, draft) => {
      draft.steps.push({ do: 'background', colour: args.atMost(1).colour(0, ['auto']) });
    },
    forms: ['background_color(white)'],
    effect: 'behind what is transparent; also `auto`',
  },
  round_corner: {
    parse: (args, draft) => {
      const pixels = (text: string) => {
        if (!/^\d{1,5}$/.test(text)) throw new FilterFault('takes a radius in pixels such as 20, or 20|30');
        return Number(text);
      };
      const [first = '', second = first] = args.atMost(5).text(0).split('|', 2);
      const radiusX = pixels(first);
      // Thumbor: a|b,r,g,b,transparent. imagor: rx,ry,colour.
      if (args.count >= 4) {
        const channel = (position: number) => args.integer(position, { min: 0, max: 255 });
        const hex = [1, 2, 3].map((position) => channel(position).toString(16).padStart(2, '0')).join('');
        const colour = args.boolean(4) ? 'transparent' : hex;
        draft.steps.push({ do: 'round-corner', radiusX, radiusY: pixels(second), colour });
        return;
      }
      const radiusY = args.isMissing(1) ? pixels(second) : args.integer(1, { min: 0, max: maxRadius });
      const colour = args.isMissing(2) ? 'transparent' : args.colour(2, ['transparent']);
      draft.steps.push({ do: 'round-corner', radiusX, radiusY, colour });
    },
    forms: ['round_corner(24)'],
    effect: 'radius in pixels; also `20\\|30,r,g,b` as Thumbor writes it, or `20,30,colour` as imagor does',
    examples: [{ image: 'round-corner', options: '160x/filters:round_corner(24)' }],
  },
  rotate: {
    parse: (args, draft) => {
      const degrees = quarterTurn(args);
      if (degrees !== 0) draft.steps.push({ do: 'rotate', degrees });
    },
    forms: ['rotate(90)'],
    effect: 'counter-clockwise, by quarter turns',
    examples: [{ image: 'rotate', options: '160x/filters:rotate(90)' }],
  },
  crop: {
    parse: (args, draft) => {
      const [left = 0, top = 0, width = 0, height = 0] = [0, 1, 2, 3].map((position) =>
        args.atMost(4).number(position, { min: 0, max: maxPixels }),
      );
      if (width === 0 || height === 0) throw new FilterFault('takes a width and a height above 0');
      const relative = left < 1 && top < 1 && width <= 1 && height <= 1;
      draft.steps.push({ do: 'crop', left, top, width, height, relative });
    },
    forms: ['crop(l,t,w,h)'],
    effect: 'crops after scaling, in pixels or shares',
    examples: [{ image: 'crop', options: '240x/filters:crop(120,10,100,80)' }],
  },
  trim: {
    parse: (args, draft) => {
      const tolerance = args.atMost(2).integer(0, { min: 0, max: 442, default: 0 });
      draft.steps.push({ do: 'trim', from: cornerOf(args), tolerance });
    },
    forms: ['trim(20,bottom-right)'],
    effect: 'as `/trim/`, after scaling: tolerance 0 to 442, and the corner',
  },
};

function fillOf(args: FilterArguments): ImageFill {
  const fill = args.isMissing(0) ? 'transparent' : args.colour(0, fillWords);
  return fill === 'none' ? 'transparent' : fill;
}

/**
 * The second argument of `auto` is imagor's: the corner that gives the colour. Thumbor's second argument, of any fill, lets the
 * colour show through transparent parts, which ours always does.
 */
function autoFillOf(args: FilterArguments): ImageFill {
  if (['true', 'false', '1', '0'].includes(args.text(1).toLowerCase())) return 'auto';
  return cornerOf(args) === 'top-left' ? 'auto' : 'auto-bottom-right';
}

/** The second argument: the corner whose colour is that of the border. */
function cornerOf(args: FilterArguments): ImageTrim['from'] {
  const corner = args.text(1).toLowerCase();
  if (corner === '' || corner === 'top-left') return 'top-left';
  if (corner === 'bottom-right') return corner;
  throw new FilterFault('takes "top-left" or "bottom-right" as argument 2');
}
