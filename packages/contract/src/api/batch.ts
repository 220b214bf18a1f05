import { type Static, type TSchema, Type } from 'typebox';
import { ErrorBody } from '../errors/error-body.ts';
import { maxBatch } from '../limits.ts';
import { DownloadUrl, DownloadUrlAnswer, DownloadUrlRequest } from './download.ts';
import { RegisterFileRequest } from './file.ts';
import { PresignUploadAnswer, PresignUploadRequest } from './upload.ts';

/** The `error` of the answer that the item would have had by itself. */
const ItemError = Type.Object({ error: ErrorBody.properties.error });
export type ItemError = Static<typeof ItemError>;

function itemsOf<Item extends TSchema>(item: Item, description: string) {
  return Type.Array(item, { minItems: 1, maxItems: maxBatch, description });
}

/** The id of a file, in a list of them: one that is malformed is refused alone. */
export const ListedId = Type.String({ maxLength: 255 });

/** Body of `presigned-urls`. */
export const PresignUploadsRequest = Type.Object({
  files: itemsOf(PresignUploadRequest, 'Bodies of `presigned-url`.'),
});
export type PresignUploadsRequest = Static<typeof PresignUploadsRequest>;

/** One entry for each of `files`, in order. */
export const PresignUploadsAnswer = Type.Object({
  uploads: Type.Array(Type.Union([PresignUploadAnswer, ItemError])),
});
export type PresignUploadsAnswer = Static<typeof PresignUploadsAnswer>;

/** Body of `files/batch`. */
export const RegisterFilesRequest = Type.Object({
  files: itemsOf(RegisterFileRequest, 'Bodies of `POST /v1/files`.'),
});
export type RegisterFilesRequest = Static<typeof RegisterFilesRequest>;

/** One entry for each of `files`, in order. @param file the schema of a file, or a reference to it */
export function registerFilesAnswer<File extends TSchema>(file: File) {
  return Type.Object({ results: Type.Array(Type.Union([Type.Object({ file }), ItemError])) });
}

/** Body of `download-urls`. */
export const DownloadUrlsRequest = Type.Object({
  ids: itemsOf(ListedId, 'Ids of files.'),
  expiresIn: DownloadUrlRequest.properties.expiresIn,
  disposition: DownloadUrlRequest.properties.disposition,
});
export type DownloadUrlsRequest = Static<typeof DownloadUrlsRequest>;

const FileId = Type.String({ description: 'As in the request; what is no text, as JSON.' });

/** One entry for each of `ids`, in order. */
export const DownloadUrlsAnswer = Type.Object({
  urls: Type.Array(
    Type.Union([
      Type.Object({
        id: FileId,
        url: DownloadUrl,
        expiresAt: DownloadUrlAnswer.properties.expiresAt,
      }),
      Type.Object({ id: FileId, ...ItemError.properties }),
    ]),
  ),
});
export type DownloadUrlsAnswer = Static<typeof DownloadUrlsAnswer>;
