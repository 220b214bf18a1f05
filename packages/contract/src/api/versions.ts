import { type Static, Type } from 'typebox';
import { Instant, maxQueryTextLength, RequestText } from './field-schemas.ts';

/** Former contents of a file. */
export const FileVersion = Type.Object({
  versionId: Type.String({ format: 'uuid' }),
  version: Type.Integer({ description: '`version` of the file while these were its contents.' }),
  size: Type.Integer({ description: 'Bytes.' }),
  mimeType: Type.String({ description: 'MIME type.' }),
  etag: Type.String({ description: 'ETag of the bytes, without quotes.' }),
  createdAt: Type.Unsafe<string>({ ...Instant, description: 'When these contents were registered.' }),
  createdBy: Type.String({ description: 'Id of the user who registered them, or of the API key.' }),
});
export type FileVersion = Static<typeof FileVersion>;

/** Query of `GET …/versions`. */
export const ListVersionsQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Versions of a page.' }),
  cursor: Type.Optional(
    RequestText({ maxLength: maxQueryTextLength, description: '`nextCursor` of the page before.' }),
  ),
});
export type ListVersionsQuery = Static<typeof ListVersionsQuery>;

/** One page of the versions of a file, the latest first; the current contents are not among them. */
export const ListVersionsAnswer = Type.Object({
  items: Type.Array(FileVersion),
  nextCursor: Type.Optional(Type.String({ description: 'Cursor of the next page; absent on the last.' })),
});
export type ListVersionsAnswer = Static<typeof ListVersionsAnswer>;
