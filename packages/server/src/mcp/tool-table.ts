import {
  DownloadUrlRequest,
  ImageUrlRequest,
  ListFilesQuery,
  PresignUploadRequest,
  UpdateFileRequest,
  UsageQuery,
} from '@bkend/storage-contract/schemas';
import { type TObject, type TSchema, Type } from 'typebox';
import type { RestOperation } from './rest-api.ts';

/** One tool: the REST operation that it calls, and its arguments. */
export interface ToolRow {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly operation: RestOperation;
  /** Arguments that stand in the path, by name; each is required. */
  readonly path: Readonly<Record<string, TSchema>>;
  /** Where the other arguments go. */
  readonly sendsIn: 'query' | 'body';
  /** The other arguments, by name: the contract's own schemas. */
  readonly fields: Readonly<Record<string, TSchema>>;
  /** The required ones of `fields`. */
  readonly required: readonly string[];
  /** Fields that every call sends beside its arguments. */
  readonly always?: Readonly<Record<string, unknown>>;
  readonly isReadOnly: boolean;
  readonly isDestructive: boolean;
}

const fileId = {
  fileId: Type.String({ maxLength: 255, description: 'Id of the file, as `list_files` answers it.' }),
};
const noFields = { sendsIn: 'query', fields: {}, required: [] } as const;
const reading = { isReadOnly: true, isDestructive: false } as const;
const writing = { isReadOnly: false, isDestructive: false } as const;

/** All tools, in the order in which clients show them. */
export const toolTable: readonly ToolRow[] = [
  {
    name: 'list_files',
    title: 'List files',
    description:
      'Lists the files that the caller may read, newest first. `folder` lists one folder, `/` the root. `pagination.nextCursor` of an answer, given as `cursor`, lists the next page.',
    operation: { method: 'GET', route: '/v1/files' },
    path: {},
    ...queryOf(ListFilesQuery, [
      'folder',
      'recursive',
      'mine',
      'visibility',
      'category',
      'trash',
      'sortBy',
      'sortDirection',
      'limit',
      'cursor',
    ]),
    ...reading,
  },
  {
    name: 'search_files',
    title: 'Search files',
    description:
      'Lists the files that the caller may read and that meet all conditions: a part of the name, type, tag, category, size, time.',
    operation: { method: 'GET', route: '/v1/files' },
    path: {},
    ...queryOf(ListFilesQuery, [
      'search',
      'mimeType',
      'tag',
      'category',
      'visibility',
      'folder',
      'recursive',
      'mine',
      'ownerId',
      'createdAfter',
      'createdBefore',
      'minSize',
      'maxSize',
      'sortBy',
      'sortDirection',
      'limit',
      'cursor',
    ]),
    ...reading,
  },
  {
    name: 'get_file',
    title: 'Read a file’s record',
    description: 'Reads all fields of one file that the caller may read. It has no contents.',
    operation: { method: 'GET', route: '/v1/files/:fileId' },
    path: fileId,
    ...noFields,
    ...reading,
  },
  {
    name: 'create_download_url',
    title: 'Create a download URL',
    description:
      'Presigns a URL that serves the contents of a file to everyone who has it, until `expiresAt`. Show it only to those who may have the file.',
    operation: { method: 'POST', route: '/v1/files/:fileId/download-url' },
    path: fileId,
    ...bodyOf(DownloadUrlRequest),
    ...reading,
  },
  {
    name: 'image_url',
    title: 'Create an image URL',
    description:
      'Signs a URL that serves an image in the size and format of `options`, such as `fit-in/400x300/filters:format(webp)`, until `expiresAt`.',
    operation: { method: 'POST', route: '/v1/files/:fileId/image-url' },
    path: fileId,
    ...bodyOf(ImageUrlRequest),
    ...reading,
  },
  {
    name: 'usage',
    title: 'Count stored files and bytes',
    description:
      'Counts the files and bytes of the caller, by category and visibility; for admins with `scope: tenant` those of all owners.',
    operation: { method: 'GET', route: '/v1/usage' },
    path: {},
    ...queryOf(UsageQuery, ['scope']),
    ...reading,
  },
  {
    name: 'create_upload_url',
    title: 'Create an upload URL',
    description:
      'Presigns a URL for one PUT of the bytes of a new file, with exactly the `headers` of the answer, within 15 minutes. With `register: true` the file comes to be by itself once its bytes are there; otherwise the client registers it with `POST /v1/files`. No bytes pass through this tool.',
    operation: { method: 'POST', route: '/v1/files/presigned-url' },
    path: {},
    ...bodyOf(PresignUploadRequest),
    ...writing,
  },
  {
    name: 'update_file',
    title: 'Update a file',
    description:
      'Changes name, folder, visibility, category, tags or other metadata of a file. `metadata` is a JSON merge patch: named fields change, `null` removes, the rest stays.',
    operation: { method: 'PATCH', route: '/v1/files/:fileId' },
    path: fileId,
    ...bodyOf(UpdateFileRequest),
    isReadOnly: false,
    isDestructive: true,
  },
  {
    name: 'share_file',
    title: 'Share a file with a user',
    description:
      'Adds one user to those that may read a file while its visibility is `shared`, which `update_file` sets.',
    operation: { method: 'PUT', route: '/v1/files/:fileId/shares/:userId' },
    path: {
      ...fileId,
      userId: Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Id of the user, as the app’s tokens name it.',
      }),
    },
    ...noFields,
    ...writing,
  },
  {
    name: 'delete_file',
    title: 'Put a file into the trash',
    description: 'Puts a file into the trash, from where a person can restore it for some days.',
    operation: { method: 'DELETE', route: '/v1/files/:fileId' },
    path: fileId,
    ...noFields,
    always: { trash: true },
    isReadOnly: false,
    isDestructive: true,
  },
];

function queryOf(schema: TObject, names: readonly string[]) {
  const picked = names.map((name) => [name, schema.properties[name]] as const);
  const fields = Object.fromEntries(
    picked.filter((each): each is readonly [string, TSchema] => each[1] !== undefined),
  );
  // A field with a default may be left out of a query.
  const required = (schema.required ?? []).filter((name) => name in fields && !hasDefault(fields[name]));
  return { sendsIn: 'query', fields, required } as const;
}

function bodyOf(schema: TObject) {
  return { sendsIn: 'body', fields: schema.properties, required: schema.required ?? [] } as const;
}

function hasDefault(schema: TSchema | undefined): boolean {
  return schema !== undefined && 'default' in schema;
}
