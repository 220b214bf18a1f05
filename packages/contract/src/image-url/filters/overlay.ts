import { decodeBase64Key } from '../key.ts';
import { FilterFault, horizontalEdges, verticalEdges } from './arguments.ts';
import type { FilterTable } from './filter.ts';

const positions =
  'a position is pixels, `-8` from the far edge, `20p` percent, `center`, `left` …, or `repeat`';

/** Filters that lay something over the image, applied in the order of the URL. */
export const overlayFilters: FilterTable = {
  watermark: {
    parse: (args, draft) => {
      const key = watermarkKey(args.atMost(6).text(0));
      const share = (position: number) =>
        args.isMissing(position) || args.text(position) === 'none'
          ? undefined
          : args.number(position, { min: 0.01, max: 1_000 }) / 100;
      const width = share(4);
      const height = share(5);
      draft.steps.push({
        do: 'watermark',
        key: key.replace(/^\/+/, ''),
        x: args.position(1, horizontalEdges),
        y: args.position(2, verticalEdges),
        opacity: 1 - args.number(3, { min: 0, max: 100, default: 0 }) / 100,
        ...(width !== undefined && { width }),
        ...(height !== undefined && { height }),
      });
    },
    forms: ['watermark(KEY,x,y,alpha,w%,h%)'],
    effect: `another \`public\` image, its key also as \`b64:…\`; \`alpha\` 100 is invisible; without shares of the sides it keeps its size; ${positions}`,
    examples: [
      { image: 'watermark', options: '160x/filters:watermark(app/dev/logo.png,-8,-8,30,25,25)' },
      {
        image: 'watermark-repeat',
        options: '160x/filters:watermark(app/dev/logo.png,repeat,bottom,40,20,20)',
      },
    ],
  },
  label: {
    parse: (args, draft) => {
      const text = args.atMost(7).text(0);
      if (text === '') throw new FilterFault('takes a text as its first argument');
      if (text.length > 500) throw new FilterFault('takes at most 500 characters of text');
      draft.steps.push({
        do: 'label',
        text,
        x: args.position(1, horizontalEdges),
        y: args.position(2, verticalEdges),
        sizePx: args.integer(3, { min: 1, max: 1000, default: 20 }),
        colour: args.isMissing(4) ? '000000' : args.colour(4),
        opacity: 1 - args.number(5, { min: 0, max: 100, default: 0 }) / 100,
      });
    },
    forms: ['label(text,x,y,size,colour,alpha)'],
    effect: 'text of at most 500 characters, size in pixels; positions as above',
    examples: [{ image: 'label', options: '160x/filters:label(A%20fine%20day,center,-6,20,white)' }],
  },
};

function watermarkKey(text: string): string {
  try {
    const key = decodeBase64Key(text) ?? text;
    if (key !== '') return key;
  } catch {
    throw new FilterFault('takes base64url of a key in UTF-8 behind "b64:"');
  }
  throw new FilterFault('takes the key of an image as its first argument');
}
