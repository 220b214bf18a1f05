import { type Static, Type } from 'typebox';
import { folderLimits } from '../limits.ts';
import { maxQueryTextLength, RequestText } from './field-schemas.ts';

const QueryText = (options = {}) => RequestText({ maxLength: maxQueryTextLength, ...options });

/** Query of `GET /v1/folders`. */
export const ListFoldersQuery = Type.Object({
  parent: QueryText({
    maxLength: 1024,
    default: '',
    description: 'Path of the folder whose children are listed; default: the root.',
  }),
  mine: Type.Optional(
    Type.Boolean({
      description: '`true`: only folders of the caller’s own files, and those the caller keeps.',
    }),
  ),
  trash: Type.Optional(
    Type.Boolean({ description: '`true`: folders of the files in the trash that the caller may see.' }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 100, description: 'Folders of a page.' }),
  cursor: Type.Optional(QueryText({ description: '`nextCursor` of the page before.' })),
});
export type ListFoldersQuery = Static<typeof ListFoldersQuery>;

/** A folder, as far as the caller may see the files in it. */
export const FolderView = Type.Object({
  path: Type.String({ description: `\`trips/2026\`, at most ${folderLimits.bytes} bytes of UTF-8.` }),
  name: Type.String({ description: 'Last name of the path.' }),
  files: Type.Integer({ description: 'Number of files directly inside.' }),
  bytes: Type.Integer({ description: 'Sum of their sizes, in bytes.' }),
  hasChildren: Type.Boolean({ description: 'Whether there are folders inside.' }),
});
export type FolderView = Static<typeof FolderView>;

/** One page of a folder's children. */
export const ListFoldersAnswer = Type.Object({
  items: Type.Array(FolderView),
  nextCursor: Type.Optional(Type.String({ description: 'Cursor of the next page; absent on the last.' })),
});
export type ListFoldersAnswer = Static<typeof ListFoldersAnswer>;
