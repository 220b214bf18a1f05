import type { Readable } from 'node:stream';
import type { ErrorBody, FileView } from '@bkend/storage-contract';
import { type TSchema, Type } from 'typebox';

/** The file as one named schema of the description, rather than written out at every route. */
export const FileAnswer = Type.Unsafe<FileView>(Type.Ref('File#'));

const ErrorAnswer = Type.Unsafe<ErrorBody>(Type.Ref('Error#'));

/** Creates the answers of a route: one schema for success, and the error shape for every error status. */
export function answers<Status extends 200 | 201 | 202 | 302, Schema extends TSchema | typeof eventStream>(
  status: Status,
  schema: Schema,
) {
  return { [status]: schema, '4xx': ErrorAnswer, '5xx': ErrorAnswer };
}

/** The answer of a route with Server-Sent Events in place of JSON. */
export const eventStream = {
  content: {
    'text/event-stream': {
      // Handlers answer with the stream itself.
      schema: Type.Unsafe<Readable>({
        ...{ type: 'string', description: 'Server-Sent Events.' },
        examples: ['id: 6184960001\ndata: {…}\n\n'],
      }),
    },
  },
} as const;

/** Any text of an id's length: a text that is no id is answered as an unknown file. */
const FileId = Type.String({ maxLength: 255, description: 'Id of the file.' });

export const FileParameters = Type.Object({ fileId: FileId });

/** Header of every endpoint that changes one file; its error is `file/version-conflict`. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_024,
      description: 'ETag of the file, in quotes: refused with 412 when the file has another.',
    }),
  ),
});

export const UploadParameters = Type.Object({
  uploadId: Type.String({ minLength: 1, maxLength: 4_096, description: 'Id of the multipart upload.' }),
});

export const UserParameters = Type.Object({
  userId: Type.String({ minLength: 1, maxLength: 255, description: 'Id of the user.' }),
});

export const VersionParameters = Type.Object({
  fileId: FileId,
  versionId: Type.String({ maxLength: 255, description: 'Id of the version.' }),
});

export const ShareParameters = Type.Object({
  fileId: FileId,
  userId: Type.String({ minLength: 1, maxLength: 255, description: 'Id of the user.' }),
});
