import { type Static, Type } from 'typebox';
import { maxPartsPerRequest, maxPartUrlsPerRequest } from '../limits.ts';
import { Category, Folder, Instant, maxQueryTextLength, RequestText, Visibility } from './field-schemas.ts';
import { FileMetadata, UserIds } from './file.ts';

/** Fields of a request for an upload that the file gets when it is registered without a request body. */
const announcedFields = {
  metadata: Type.Optional(FileMetadata),
  sharedWith: Type.Optional(UserIds),
  register: Type.Optional(
    Type.Boolean({
      description:
        'Registers the file by itself once its bytes are in storage. Default: the setting `uploads.registerOnUpload` of the environment. The first registration by the client still applies.',
    }),
  ),
};

/** Body of `presigned-url`: the file that is to be uploaded by one PUT. */
export const PresignUploadRequest = Type.Object({
  filename: RequestText({ description: 'Name of the file; it does not become part of the key.' }),
  contentType: RequestText({ description: 'MIME type; signed, so the PUT must send it unchanged.' }),
  fileSize: Type.Optional(
    Type.Integer({
      description: 'Bytes; where given, signed as `Content-Length`, so the PUT must have this length.',
    }),
  ),
  folder: Type.Optional(Folder),
  visibility: Type.Optional(Visibility),
  category: Type.Optional(Category),
  ...announcedFields,
});
export type PresignUploadRequest = Static<typeof PresignUploadRequest>;

/** The target of one PUT, and the key to register the file with. */
export const PresignUploadAnswer = Type.Object({
  url: Type.String({ description: 'Presigned URL of the object store.' }),
  key: Type.String({ description: 'Key to register the file with, as `s3Key`.' }),
  fileId: Type.String({ description: 'Id that the file will have.' }),
  filename: Type.String(),
  contentType: Type.String(),
  method: Type.Literal('PUT'),
  headers: Type.Record(Type.String(), Type.String(), {
    description: 'Headers that the PUT must send.',
  }),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the URL.' }),
});
export type PresignUploadAnswer = Static<typeof PresignUploadAnswer>;

/** Body of `multipart/init`: the file that is to be uploaded in parts. */
export const InitMultipartRequest = Type.Object({
  filename: RequestText({ description: 'Name of the file; it does not become part of the key.' }),
  contentType: RequestText({ description: 'MIME type.' }),
  fileSize: Type.Integer({ description: 'Bytes of the whole file.' }),
  folder: Type.Optional(Folder),
  visibility: Type.Optional(Visibility),
  category: Type.Optional(Category),
  ...announcedFields,
  fileId: Type.Optional(
    Type.String({
      maxLength: 255,
      description:
        'Id of a file that gets these contents, in place of a new file; its name, visibility and category stay.',
    }),
  ),
});
export type InitMultipartRequest = Static<typeof InitMultipartRequest>;

/** A multipart upload, with the recommended parts. */
export const InitMultipartAnswer = Type.Object({
  uploadId: Type.String({ description: 'Id of the multipart upload.' }),
  key: Type.String({ description: 'Key to register the file with, as `s3Key`.' }),
  fileId: Type.String({ description: 'Id that the file will have.' }),
  filename: Type.String(),
  partSize: Type.Integer({ description: 'Recommended bytes of every part but the last.' }),
  partCount: Type.Integer({ description: 'Number of parts of that size.' }),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the upload.' }),
});
export type InitMultipartAnswer = Static<typeof InitMultipartAnswer>;

const UploadKey = RequestText({ description: '`key` of the upload.' });
const UploadId = RequestText({ description: '`uploadId` of the multipart upload.' });
const PartNumber = Type.Integer({ description: 'From 1 to 10,000.' });

/** Body of `multipart/presigned-url`: one part, or several. */
export const PresignPartsRequest = Type.Object({
  key: UploadKey,
  uploadId: UploadId,
  partNumber: Type.Optional(PartNumber),
  partNumbers: Type.Optional(
    Type.Array(Type.Integer(), {
      minItems: 1,
      maxItems: maxPartUrlsPerRequest,
      description: 'Instead of `partNumber`, for several URLs at once.',
    }),
  ),
});
export type PresignPartsRequest = Static<typeof PresignPartsRequest>;

const PartUrl = Type.Object({
  url: Type.String({ description: 'Presigned URL of the part.' }),
  partNumber: PartNumber,
});

/** `url` and `partNumber` for a request with `partNumber`; `urls` for one with `partNumbers`. */
export const PresignPartsAnswer = Type.Object({
  url: Type.Optional(PartUrl.properties.url),
  partNumber: Type.Optional(PartNumber),
  urls: Type.Optional(Type.Array(PartUrl, { description: 'One for each of `partNumbers`.' })),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the URLs.' }),
});
export type PresignPartsAnswer = Static<typeof PresignPartsAnswer>;

/** Query of `multipart/parts`. */
export const ListPartsQuery = Type.Object({
  key: RequestText({ ...UploadKey, maxLength: maxQueryTextLength }),
  uploadId: RequestText({ ...UploadId, maxLength: maxQueryTextLength }),
});
export type ListPartsQuery = Static<typeof ListPartsQuery>;

/** All parts in storage, ascending by number. */
export const ListPartsAnswer = Type.Object({
  parts: Type.Array(
    Type.Object({
      partNumber: PartNumber,
      etag: Type.String({ description: 'ETag of the PUT.' }),
      size: Type.Integer({ description: 'Bytes.' }),
    }),
  ),
});
export type ListPartsAnswer = Static<typeof ListPartsAnswer>;

/** Body of `multipart/complete`. */
export const CompleteMultipartRequest = Type.Object({
  key: UploadKey,
  uploadId: UploadId,
  parts: Type.Array(
    Type.Object({ partNumber: PartNumber, etag: RequestText({ description: 'ETag of the PUT.' }) }),
    {
      maxItems: maxPartsPerRequest,
      description: 'All parts, ascending by number, with the `ETag` of each PUT.',
    },
  ),
});
export type CompleteMultipartRequest = Static<typeof CompleteMultipartRequest>;

/** The completed object. */
export const CompleteMultipartAnswer = Type.Object({
  key: Type.String({ description: 'Key to register the file with, as `s3Key`.' }),
  location: Type.String({ description: 'URL of the object in the store; it needs a signature.' }),
});
export type CompleteMultipartAnswer = Static<typeof CompleteMultipartAnswer>;

/** Body of `multipart/abort`. */
export const AbortMultipartRequest = Type.Object({ key: UploadKey, uploadId: UploadId });
export type AbortMultipartRequest = Static<typeof AbortMultipartRequest>;

/** Body of `multipart/:uploadId/part-url`. */
export const PresignPartRequest = Type.Object({
  partNumber: PartNumber,
  key: Type.Optional(UploadKey),
});
export type PresignPartRequest = Static<typeof PresignPartRequest>;

/** Body of `multipart/:uploadId/complete`. */
export const CompletePartsRequest = Type.Object({
  parts: CompleteMultipartRequest.properties.parts,
  key: Type.Optional(RequestText({ description: 'Needed to ask again once the file is registered.' })),
});
export type CompletePartsRequest = Static<typeof CompletePartsRequest>;

/** Body of `multipart/:uploadId/abort`. */
export const AbortByIdRequest = Type.Object({ key: Type.Optional(UploadKey) });
export type AbortByIdRequest = Static<typeof AbortByIdRequest>;

/** The aborted upload. */
export const AbortMultipartAnswer = Type.Object({ success: Type.Literal(true), key: Type.String() });
export type AbortMultipartAnswer = Static<typeof AbortMultipartAnswer>;
