import { type Static, Type } from 'typebox';
import { ceilings, maxBulk } from '../limits.ts';
import { ListedId } from './batch.ts';
import { Category, Folder, Instant, RequestText, Visibility } from './field-schemas.ts';
import { FileMetadataPatch } from './file.ts';
import { FileFilterQuery } from './listing.ts';

/** The filter fields of a list. Others are refused: a filter that is misspelt must not match everything. */
export const BulkFilter = Type.Object(FileFilterQuery.properties, {
  additionalProperties: false,
  description:
    'Filters as in `GET /v1/files`; of the files that match, those that the caller may change. Fields that are unknown or empty are refused. A file that another call changes meanwhile, so that the filter does not take it, stays as it is, and counts in neither `done` nor `failed`.',
});
export type BulkFilter = Static<typeof BulkFilter>;

/** An unknown field of a bulk call is refused: a `trash` that is misspelt must not delete for good. */
const exact = { additionalProperties: false } as const;

/** The files of every bulk call: either `ids`, or `filter` with the fields that belong to it. */
const selection = {
  ids: Type.Optional(
    Type.Array(ListedId, {
      minItems: 1,
      maxItems: maxBulk,
      description: 'Ids of files. Either these, or `filter`.',
    }),
  ),
  filter: Type.Optional(BulkFilter),
  expectedTotal: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'Number of files that the filter takes, from `cursor` on. If it is another, nothing is done: `file/total-changed`.',
    }),
  ),
  createdBefore: Type.Optional(
    Type.Unsafe<string>({ ...Instant, description: 'Leaves out files that were created later.' }),
  ),
  cursor: Type.Optional(
    RequestText({ maxLength: 255, description: '`nextCursor` of the call before, with the same filter.' }),
  ),
};

/** Body of `bulk-delete`. */
export const BulkDeleteRequest = Type.Object(
  {
    ...selection,
    trash: Type.Optional(
      Type.Boolean({ description: 'Puts the files into the trash. Default: they are deleted for good.' }),
    ),
  },
  exact,
);
export type BulkDeleteRequest = Static<typeof BulkDeleteRequest>;

/** Body of `bulk-restore`. */
export const BulkRestoreRequest = Type.Object(selection, exact);
export type BulkRestoreRequest = Static<typeof BulkRestoreRequest>;

const Tags = (description: string) => Type.Array(RequestText(), { maxItems: ceilings.tags, description });

/** The change that `bulk-update` makes to each file. */
export const BulkChange = Type.Object(
  {
    visibility: Type.Optional(Visibility),
    category: Type.Optional(Category),
    folder: Type.Optional(Folder),
    addTags: Type.Optional(Tags('Tags that each file has afterwards.')),
    removeTags: Type.Optional(Tags('Tags that no file has afterwards.')),
    metadata: Type.Optional(FileMetadataPatch),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type BulkChange = Static<typeof BulkChange>;

/** Body of `bulk-update`. */
export const BulkUpdateRequest = Type.Object({ ...selection, set: BulkChange }, exact);
export type BulkUpdateRequest = Static<typeof BulkUpdateRequest>;

const failed = Type.Array(
  Type.Object({ id: Type.String(), code: Type.String({ description: 'Error code.' }) }),
  { description: 'The files that stayed as they were.' },
);

/** Answer to a bulk call by filter. */
const BulkProgress = Type.Object({
  done: Type.Integer({ description: 'Number of files that this call changed.' }),
  failed,
  remaining: Type.Integer({ description: 'Number of files that the filter still takes after this call.' }),
  nextCursor: Type.Optional(
    Type.String({ description: '`cursor` of the next call; absent when all are done.' }),
  ),
});
export type BulkProgress = Static<typeof BulkProgress>;

const ids = (description: string) => Type.Array(Type.String(), { description });

/** Outcome of a bulk deletion for each of `ids`. */
const BulkDeleteOutcome = Type.Object({ deleted: ids('Ids of the files that were deleted.'), failed });
export type BulkDeleteOutcome = Static<typeof BulkDeleteOutcome>;

/** For `ids` the outcome of each, for `filter` the progress. */
export const BulkDeleteAnswer = Type.Union([BulkDeleteOutcome, BulkProgress]);
export type BulkDeleteAnswer = Static<typeof BulkDeleteAnswer>;

/** As {@link BulkDeleteAnswer}, of files that were restored. */
export const BulkRestoreAnswer = Type.Union([
  Type.Object({ restored: ids('Ids of the files that were restored.'), failed }),
  BulkProgress,
]);
export type BulkRestoreAnswer = Static<typeof BulkRestoreAnswer>;

/** As {@link BulkDeleteAnswer}, of files that were changed. */
export const BulkUpdateAnswer = Type.Union([
  Type.Object({ updated: ids('Ids of the files that were changed.'), failed }),
  BulkProgress,
]);
export type BulkUpdateAnswer = Static<typeof BulkUpdateAnswer>;
