import type { FilterTable } from './filter.ts';

/** Filters that add placeholders to the answer of `/meta/`. */
export const placeholderFilters: FilterTable = {
  blurhash: {
    parse: (args, draft) => {
      const components = (position: number, fallback: number) =>
        args.integer(position, { min: 1, max: 9, default: fallback });
      draft.description.blurhash = { x: components(0, 4), y: components(1, 3) };
    },
    forms: ['blurhash(4,3)'],
    effect: '`blurhash`, with 1 to 9 components across and down',
  },
  thumbhash: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.description.thumbhash = true;
    },
    forms: ['thumbhash()'],
    effect: '`thumbhash`, in base64',
  },
  avgcolor: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.description.averageColour = true;
    },
    forms: ['avgcolor()'],
    effect: '`avgcolor`, as `#rrggbb`',
  },
};
