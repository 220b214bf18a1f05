import { type Static, type TSchema, Type } from 'typebox';
import { maxFacetValues } from '../limits.ts';
import { Category, Visibility } from './field-schemas.ts';

function Counts<Value extends TSchema>(value: Value, description: string) {
  const count = Type.Object({ value, files: Type.Integer({ description: 'Number of files.' }) });
  return Type.Array(count, { description });
}

/** Answer of `GET /v1/files/facets`: the values that the files of a list have, each with their number. */
export const FacetsAnswer = Type.Object({
  category: Counts(Category, 'The most frequent first.'),
  visibility: Counts(Visibility, 'The most frequent first.'),
  mimeType: Counts(
    Type.String(),
    `The ${maxFacetValues} most frequent types, without parameters, as \`mimeType\` of a list takes them.`,
  ),
  tag: Counts(Type.String(), `The ${maxFacetValues} most frequent tags.`),
  month: Counts(Type.String(), 'Months of creation, `2026-05`, in UTC; the latest first.'),
  isExact: Type.Boolean({
    description:
      'Whether all files are counted: always without a filter, with `mine`, `visibility` or `ownerId`, and of one `folder`. With any other filter counting ends after 300 ms; then the counts are those of the latest 5,000 files.',
  }),
});
export type FacetsAnswer = Static<typeof FacetsAnswer>;
