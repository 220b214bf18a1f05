import { type TStringOptions, Type } from 'typebox';
import {
  buckets,
  categories,
  dispositions,
  ownerTypes,
  sortDirections,
  sortFields,
  typesOfCategory,
  visibilities,
} from '../vocabulary.ts';

export const Visibility = Type.Enum([...visibilities], {
  type: 'string',
  description: 'Who may read the file.',
});
const limitedCategories = Object.keys(typesOfCategory)
  .map((category) => `\`${category}\``)
  .join(' and ');
export const Category = Type.Enum([...categories], {
  type: 'string',
  description: `Use of the file; part of its key. ${limitedCategories} restrict the type.`,
});
export const Bucket = Type.Enum([...buckets], {
  type: 'string',
  description: 'A grouping of the app; it does not change where the bytes are stored.',
});
export const OwnerType = Type.Enum([...ownerTypes], { type: 'string', description: 'Kind of the owner.' });
export const SortField = Type.Enum([...sortFields], { type: 'string' });
export const SortDirection = Type.Enum([...sortDirections], { type: 'string' });
export const Disposition = Type.Enum([...dispositions], {
  type: 'string',
  description:
    'Whether browsers show the file or save it. `inline` is granted to images except SVG, audio, video, PDF and plain text.',
});

/** A side of an image. */
export const PixelCount = Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Pixels.' });

/** An instant as ISO 8601 in UTC with milliseconds, `2026-01-31T09:00:00.000Z`. */
export const Instant = Type.String({ format: 'date-time', maxLength: 64 });

/** Longer than any limit that can be set for a name, a type or a key. */
const maxTextLength = 16_384;

/** Longer than metadata may be, whatever limit is set. */
export const maxMetadataTextLength = 1_048_576;

/** Longest cursor or key in a query. All text fields of one query have to fit into the 16 KiB that headers may have. */
export const maxQueryTextLength = 4_096;

/**
 * Creates the schema of a text in a request. Its maximum bounds the cost of a wrong text; the rule of each field has codes of
 * its own, such as `file/original-name-too-long`.
 */
export function RequestText(options: TStringOptions = {}) {
  return Type.String({ maxLength: maxTextLength, ...options });
}

export const Folder = RequestText({
  description: 'Folder that the file lies in: a path of names, `trips/2026`; empty for the root.',
});
