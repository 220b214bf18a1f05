import { type Static, Type } from 'typebox';
import { maxPartsPerRequest, maxPartUrlsPerRequest } from './limits.ts';
import { maxQueryTextLength, RequestText } from './request-text.ts';
import { Category, Instant, Visibility } from './vocabulary-schemas.ts';

export const PresignUploadRequest = Type.Object({
  filename: RequestText({ description: 'The name the user knows; it never becomes part of a path.' }),
  contentType: RequestText({ description: 'A MIME type; signed, so the PUT must send it unchanged.' }),
  fileSize: Type.Optional(Type.Integer({ description: 'Bytes; when given, signed as Content-Length.' })),
  visibility: Type.Optional(Visibility),
  category: Type.Optional(Category),
});
export type PresignUploadRequest = Static<typeof PresignUploadRequest>;

export const PresignUploadAnswer = Type.Object({
  url: Type.String(),
  key: Type.String(),
  filename: Type.String(),
  contentType: Type.String(),
  method: Type.Literal('PUT'),
  headers: Type.Record(Type.String(), Type.String(), { description: 'What the PUT must send.' }),
  expiresAt: Instant,
});
export type PresignUploadAnswer = Static<typeof PresignUploadAnswer>;

export const InitMultipartRequest = Type.Object({
  filename: RequestText(),
  contentType: RequestText(),
  fileSize: Type.Integer({ description: 'Bytes, of the whole file.' }),
  visibility: Type.Optional(Visibility),
  category: Type.Optional(Category),
});
export type InitMultipartRequest = Static<typeof InitMultipartRequest>;

export const InitMultipartAnswer = Type.Object({
  uploadId: Type.String(),
  key: Type.String(),
  filename: Type.String(),
  partSize: Type.Integer({ description: 'Bytes; our recommendation for every part but the last.' }),
  partCount: Type.Integer(),
  expiresAt: Instant,
});
export type InitMultipartAnswer = Static<typeof InitMultipartAnswer>;

export const PresignPartsRequest = Type.Object({
  key: RequestText(),
  uploadId: RequestText(),
  partNumber: Type.Optional(Type.Integer()),
  partNumbers: Type.Optional(Type.Array(Type.Integer(), { minItems: 1, maxItems: maxPartUrlsPerRequest })),
});
export type PresignPartsRequest = Static<typeof PresignPartsRequest>;

const PartUrl = Type.Object({ url: Type.String(), partNumber: Type.Integer() });

/** One part asked for: `url` and `partNumber`; several: `urls`. */
export const PresignPartsAnswer = Type.Object({
  url: Type.Optional(Type.String()),
  partNumber: Type.Optional(Type.Integer()),
  urls: Type.Optional(Type.Array(PartUrl)),
  expiresAt: Instant,
});
export type PresignPartsAnswer = Static<typeof PresignPartsAnswer>;

const QueryText = RequestText({ maxLength: maxQueryTextLength });
export const ListPartsQuery = Type.Object({ key: QueryText, uploadId: QueryText });
export type ListPartsQuery = Static<typeof ListPartsQuery>;

export const ListPartsAnswer = Type.Object({
  parts: Type.Array(Type.Object({ partNumber: Type.Integer(), etag: Type.String(), size: Type.Integer() })),
});
export type ListPartsAnswer = Static<typeof ListPartsAnswer>;

export const CompleteMultipartRequest = Type.Object({
  key: RequestText(),
  uploadId: RequestText(),
  parts: Type.Array(Type.Object({ partNumber: Type.Integer(), etag: RequestText() }), {
    maxItems: maxPartsPerRequest,
  }),
});
export type CompleteMultipartRequest = Static<typeof CompleteMultipartRequest>;

export const CompleteMultipartAnswer = Type.Object({ key: Type.String(), location: Type.String() });
export type CompleteMultipartAnswer = Static<typeof CompleteMultipartAnswer>;

export const AbortMultipartRequest = Type.Object({ key: RequestText(), uploadId: RequestText() });
export type AbortMultipartRequest = Static<typeof AbortMultipartRequest>;

export const AbortMultipartAnswer = Type.Object({ success: Type.Literal(true), key: Type.String() });
export type AbortMultipartAnswer = Static<typeof AbortMultipartAnswer>;
