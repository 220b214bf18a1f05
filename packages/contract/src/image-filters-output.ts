import { FilterFault } from './image-filter-arguments.ts';
import type { FilterTable } from './image-filter-table.ts';
import { imageFormats } from './image-plan.ts';

/** Filters that say how the result is written and sent, and what `meta/` tells. */
export const outputFilters: FilterTable = {
  quality: (args, draft) => {
    draft.output.quality = args.atMost(1).integer(0, { min: 1, max: 100 });
  },
  format: (args, draft) => {
    const name = args.atMost(1).text(0).toLowerCase();
    const format = imageFormats.find((known) => known === (name === 'jpg' ? 'jpeg' : name));
    if (!format) throw new FilterFault(`takes one of ${imageFormats.join(', ')}`);
    draft.output.format = format;
  },
  max_bytes: (args, draft) => {
    draft.output.maxBytes = args.atMost(1).integer(0, { min: 1, max: 1_000_000_000 });
  },
  lossless: (args, draft) => {
    args.atMost(0);
    draft.output.lossless = true;
  },
  attachment: (args, draft) => {
    const name = args.atMost(1).text(0);
    if (name.length > 255 || /[/\\\p{Cc}]/u.test(name)) throw new FilterFault('takes a file name');
    draft.delivery.attachment = name;
  },
  expire: (args, draft) => {
    draft.delivery.expiresAtMs = args.atMost(1).integer(0, { min: 0, max: 999_999_999_999 * 10 });
  },
  blurhash: (args, draft) => {
    const components = (position: number, fallback: number) =>
      args.integer(position, { min: 1, max: 9, default: fallback });
    draft.description.blurhash = { x: components(0, 4), y: components(1, 3) };
  },
  thumbhash: (args, draft) => {
    args.atMost(0);
    draft.description.thumbhash = true;
  },
  avgcolor: (args, draft) => {
    args.atMost(0);
    draft.description.averageColour = true;
  },
  // Metadata never travels, and colours are sRGB by the time a picture is written.
  strip_exif: (args) => void args.atMost(0),
  strip_icc: (args) => void args.atMost(0),
  strip_metadata: (args) => void args.atMost(0),
  // The original is sent when nothing else is asked for; beside other options there is nothing left for it to say.
  raw: (args) => void args.atMost(0),
};
