import { imageFormats } from '../image-plan.ts';
import { FilterFault } from './arguments.ts';
import type { FilterTable, ImageFilterEntry } from './filter.ts';

/** Metadata is never written, and colours are sRGB: these filters ask for what always happens. */
const alwaysStripped = (name: string): ImageFilterEntry => ({
  parse: (args) => void args.atMost(0),
  forms: [`${name}()`],
  effect: 'always done',
});

/** Filters that settle how the rendition is encoded and sent. */
export const outputFilters: FilterTable = {
  format: {
    parse: (args, draft) => {
      const name = args.atMost(1).text(0).toLowerCase();
      const format = imageFormats.find((known) => known === (name === 'jpg' ? 'jpeg' : name));
      if (!format) throw new FilterFault(`takes one of ${imageFormats.join(', ')}`);
      draft.output.format = format;
    },
    forms: ['format(webp)'],
    effect: '`jpeg`, `png`, `webp`, `avif`, `gif` or `tiff`, whatever `Accept` names',
  },
  quality: {
    parse: (args, draft) => {
      draft.output.quality = args.atMost(1).integer(0, { min: 1, max: 100 });
    },
    forms: ['quality(8)'],
    effect: '1 to 100; without effect on PNG, as in Thumbor, and on GIF',
    examples: [{ image: 'quality', options: '160x/filters:quality(8)' }],
  },
  max_bytes: {
    parse: (args, draft) => {
      draft.output.maxBytes = args.atMost(1).integer(0, { min: 1, max: 1_000_000_000 });
    },
    forms: ['max_bytes(30000)'],
    effect:
      'a quality that fits in this number of bytes, found in at most four encodings; PNG and GIF get fewer colours',
  },
  lossless: {
    parse: (args, draft) => {
      args.atMost(0);
      draft.output.lossless = true;
    },
    forms: ['lossless()'],
    effect: 'WebP, AVIF and TIFF without loss',
  },
  attachment: {
    parse: (args, draft) => {
      const name = args.atMost(1).text(0);
      if (name.length > 255 || /[/\\\p{Cc}]/u.test(name)) throw new FilterFault('takes a file name');
      draft.delivery.attachment = name;
    },
    forms: ['attachment(name.jpg)'],
    effect: 'saved under this name rather than shown; without one, under the name of the file',
  },
  expire: {
    parse: (args, draft) => {
      draft.delivery.expiresAtMs = args.atMost(1).integer(0, { min: 0, max: 999_999_999_999 * 10 });
    },
    forms: ['expire(1767225600000)'],
    effect: '`404` from this instant on, in milliseconds since 1970',
  },
  raw: {
    // The original is sent when no other option is there; beside others, this filter changes nothing.
    parse: (args) => void args.atMost(0),
    forms: ['raw()'],
    effect: 'the original',
  },
  strip_exif: alwaysStripped('strip_exif'),
  strip_icc: alwaysStripped('strip_icc'),
  strip_metadata: alwaysStripped('strip_metadata'),
};
