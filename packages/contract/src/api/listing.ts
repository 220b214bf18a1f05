import { type Static, type TSchema, Type } from 'typebox';
import { maxFacetValues, maxPageFiles, maxPositionsWalked } from '../limits.ts';
import {
  Bucket,
  Category,
  Instant,
  maxQueryTextLength,
  OwnerType,
  RequestText,
  SortDirection,
  SortField,
  Visibility,
} from './field-schemas.ts';
import { FileView } from './file.ts';

const QueryText = (options = {}) => RequestText({ maxLength: maxQueryTextLength, ...options });
const Size = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Bytes.' });

/** Conditions of a list; a file meets every one that is given. */
const filters = {
  folder: Type.Optional(
    QueryText({
      maxLength: 1024,
      description: 'Files that lie in this folder, `trips/2026`; `/` for the root.',
    }),
  ),
  recursive: Type.Optional(
    Type.Boolean({
      description:
        'Also files that lie in folders below `folder`; without `folder`, below the root: all files.',
    }),
  ),
  mine: Type.Optional(Type.Boolean({ description: 'The caller’s own files only.' })),
  trash: Type.Optional(
    Type.Boolean({
      description:
        '`true` lists the trash: the caller’s own files there, and for admins everyone’s. Default: the other files.',
    }),
  ),
  visibility: Type.Optional(Visibility),
  ownerType: Type.Optional(OwnerType),
  ownerId: Type.Optional(
    QueryText({ maxLength: 255, description: 'Files of this owner that the caller may read.' }),
  ),
  bucket: Type.Optional(Bucket),
  category: Type.Optional(Category),
  mimeType: Type.Optional(QueryText({ maxLength: 255, description: 'A MIME type, or a kind: `image/*`.' })),
  search: Type.Optional(
    QueryText({ maxLength: 1024, description: 'A substring of the name, regardless of case.' }),
  ),
  tag: Type.Optional(QueryText({ maxLength: 1024, description: 'A tag of the file, exactly.' })),
  createdAfter: Type.Optional(
    Type.Unsafe<string>({ ...Instant, description: 'Files created after this instant, ISO 8601.' }),
  ),
  createdBefore: Type.Optional(
    Type.Unsafe<string>({ ...Instant, description: 'Files created before this instant, ISO 8601.' }),
  ),
  minSize: Type.Optional(Size),
  maxSize: Type.Optional(Size),
};

/** Conditions of a list, as a query has them. */
export const FileFilterQuery = Type.Object(filters);
export type FileFilterQuery = Static<typeof FileFilterQuery>;

const sorting = {
  sortBy: Type.Enum(SortField.enum, {
    type: 'string',
    default: 'createdAt',
    description: '`originalName` sorts regardless of case, and digits by value; ties are ordered by `id`.',
  }),
  sortDirection: Type.Enum(SortDirection.enum, { type: 'string', default: 'desc' }),
};

/** Query of `GET /v1/files`: page or cursor, sorting, filters. */
export const ListFilesQuery = Type.Object({
  page: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: 1,
    description: 'Page number; page × limit is at most 100,000. Without effect with `cursor`.',
  }),
  limit: Type.Integer({
    minimum: 1,
    maximum: maxPageFiles.byCursor,
    default: 20,
    description: 'Files of a page: at most 100, with `cursor` at most 1,000.',
  }),
  ...sorting,
  cursor: Type.Optional(
    QueryText({
      description: '`pagination.nextCursor` of the page before, with the same sorting and filters.',
    }),
  ),
  ...filters,
});
export type ListFilesQuery = Static<typeof ListFilesQuery>;

/** Position of a page within its list. */
export const Pagination = Type.Object({
  total: Type.Integer({ description: 'Number of files of all pages.' }),
  totalIsExact: Type.Optional(
    Type.Literal(false, { description: '`total` is a lower bound; absent when it is exact.' }),
  ),
  page: Type.Integer(),
  limit: Type.Integer(),
  totalPages: Type.Integer(),
  hasNextPage: Type.Boolean(),
  hasPrevPage: Type.Boolean(),
  nextCursor: Type.Optional(Type.String({ description: 'Cursor of the next page; absent on the last.' })),
});
export type Pagination = Static<typeof Pagination>;

/** One page of a list of files. */
export const ListFilesAnswer = Type.Object({ items: Type.Array(FileView), pagination: Pagination });
export type ListFilesAnswer = Static<typeof ListFilesAnswer>;

/** Query of `GET /v1/files/positions`: the step, and the sorting and filters of a list. */
export const ListPositionsQuery = Type.Object({
  step: Type.Integer({
    minimum: 1,
    maximum: maxPositionsWalked,
    description: 'Files from one position to the next.',
  }),
  ...sorting,
  cursor: Type.Optional(
    QueryText({ description: '`nextCursor` of the positions before, with the same sorting and filters.' }),
  ),
  ...filters,
});
export type ListPositionsQuery = Static<typeof ListPositionsQuery>;

/** Positions in a list, from which it can be read. */
export const ListPositionsAnswer = Type.Object({
  cursors: Type.Array(Type.String(), {
    description:
      'Cursors of `GET /v1/files`: the first reads on behind `step` files, the second behind twice as many.',
  }),
  nextCursor: Type.Optional(
    Type.String({ description: 'Reads the positions behind these; absent where the list ends.' }),
  ),
});
export type ListPositionsAnswer = Static<typeof ListPositionsAnswer>;

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
