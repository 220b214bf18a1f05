import { type TStringOptions, Type } from 'typebox';

/** Longer than any limit that can be set for a name, a type or a key. */
const maxTextLength = 16_384;

/** Longer than metadata may be, whatever limit is set. */
export const maxMetadataTextLength = 1_048_576;

/** Of a text in a query: a few of them have to fit into the 16 KiB that headers may have. */
export const maxQueryTextLength = 4_096;

/**
 * A text in a request. Its maximum bounds what a wrong one costs; what is right is said by the field's own rule, which has
 * codes of its own, such as `file/original-name-too-long`.
 */
export function RequestText(options: TStringOptions = {}) {
  return Type.String({ maxLength: maxTextLength, ...options });
}
