import { type Static, Type } from 'typebox';
import { FileView } from './file.ts';
import { maxQueryTextLength, RequestText } from './request-text.ts';
import {
  Bucket,
  Category,
  Instant,
  OwnerType,
  SortDirection,
  SortField,
  Visibility,
} from './vocabulary-schemas.ts';

const QueryText = (options = {}) => RequestText({ maxLength: maxQueryTextLength, ...options });
const Size = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Bytes.' });

export const ListFilesQuery = Type.Object({
  page: Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1 }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  sortBy: Type.Enum(SortField.enum, { type: 'string', default: 'createdAt' }),
  sortDirection: Type.Enum(SortDirection.enum, { type: 'string', default: 'desc' }),
  cursor: Type.Optional(QueryText({ description: '`pagination.nextCursor` of the page before.' })),
  visibility: Type.Optional(Visibility),
  ownerType: Type.Optional(OwnerType),
  ownerId: Type.Optional(QueryText()),
  bucket: Type.Optional(Bucket),
  category: Type.Optional(Category),
  mimeType: Type.Optional(QueryText({ description: 'A MIME type, or all of a kind: `image/*`.' })),
  search: Type.Optional(QueryText({ description: 'A part of the name, whatever its case.' })),
  tag: Type.Optional(QueryText()),
  createdAfter: Type.Optional(Instant),
  createdBefore: Type.Optional(Instant),
  minSize: Type.Optional(Size),
  maxSize: Type.Optional(Size),
});
export type ListFilesQuery = Static<typeof ListFilesQuery>;

export const Pagination = Type.Object({
  total: Type.Integer(),
  totalIsExact: Type.Optional(
    Type.Literal(false, { description: 'There are more than `total`; absent when it is exact.' }),
  ),
  page: Type.Integer(),
  limit: Type.Integer(),
  totalPages: Type.Integer(),
  hasNextPage: Type.Boolean(),
  hasPrevPage: Type.Boolean(),
  nextCursor: Type.Optional(Type.String({ description: 'Where the next page begins; absent on the last.' })),
});
export type Pagination = Static<typeof Pagination>;

export const ListFilesAnswer = Type.Object({ items: Type.Array(FileView), pagination: Pagination });
export type ListFilesAnswer = Static<typeof ListFilesAnswer>;
