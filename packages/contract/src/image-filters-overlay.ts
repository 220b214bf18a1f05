import { FilterFault, horizontalEdges, verticalEdges } from './image-filter-arguments.ts';
import type { FilterTable } from './image-filter-table.ts';
import { decodeBase64Key } from './image-url-key.ts';

const maxPixels = 10_000;

/** Filters that lay something on the picture, or cut its corners. */
export const overlayFilters: FilterTable = {
  watermark: (args, draft) => {
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
      x: args.place(1, horizontalEdges),
      y: args.place(2, verticalEdges),
      opacity: 1 - args.number(3, { min: 0, max: 100, default: 0 }) / 100,
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    });
  },
  label: (args, draft) => {
    const text = args.atMost(7).text(0);
    if (text === '') throw new FilterFault('takes a text as its first argument');
    if (text.length > 500) throw new FilterFault('takes at most 500 characters of text');
    draft.steps.push({
      do: 'label',
      text,
      x: args.place(1, horizontalEdges),
      y: args.place(2, verticalEdges),
      sizePx: args.integer(3, { min: 1, max: 1000, default: 20 }),
      colour: args.isMissing(4) ? '000000' : args.colour(4),
      opacity: 1 - args.number(5, { min: 0, max: 100, default: 0 }) / 100,
    });
  },
  round_corner: (args, draft) => {
    const pixels = (text: string) => {
      if (!/^\d{1,5}$/.test(text)) throw new FilterFault('takes a radius in pixels such as 20, or 20|30');
      return Number(text);
    };
    const [first = '', second = first] = args.atMost(5).text(0).split('|', 2);
    const radiusX = pixels(first);
    // Thumbor: a|b,r,g,b,transparent. imagor: rx,ry,colour.
    if (args.count >= 4) {
      const [r = 0, g = 0, b = 0] = [1, 2, 3].map((position) => args.integer(position, { min: 0, max: 255 }));
      const hex = [r, g, b].map((value) => value.toString(16).padStart(2, '0')).join('');
      const colour = args.boolean(4) ? 'transparent' : hex;
      draft.steps.push({ do: 'round-corner', radiusX, radiusY: pixels(second), colour });
      return;
    }
    const radiusY = args.isMissing(1) ? pixels(second) : args.integer(1, { min: 0, max: maxPixels });
    const colour = args.isMissing(2) ? 'transparent' : args.colour(2, ['transparent']);
    draft.steps.push({ do: 'round-corner', radiusX, radiusY, colour });
  },
};

function watermarkKey(text: string): string {
  try {
    const key = decodeBase64Key(text) ?? text;
    if (key !== '') return key;
  } catch {
    throw new FilterFault('takes base64url of a key in UTF-8 behind "b64:"');
  }
  throw new FilterFault('takes the key of a picture as its first argument');
}
