import { type Static, Type } from 'typebox';
import { Folder, PixelCount, RequestText, Visibility } from './field-schemas.ts';

/** Body of `content/presigned-url`: new contents of a file, to be uploaded by one PUT. */
export const PresignContentsRequest = Type.Object({
  contentType: RequestText({ description: 'MIME type; signed, so the PUT must send it unchanged.' }),
  fileSize: Type.Optional(
    Type.Integer({
      description: 'Bytes; where given, signed as `Content-Length`, so the PUT must have this length.',
    }),
  ),
  filename: Type.Optional(
    RequestText({ description: 'Name of the local file, for the answer; the name of the file stays.' }),
  ),
});
export type PresignContentsRequest = Static<typeof PresignContentsRequest>;

/** Body of `PUT …/content`: new contents, whose bytes are in storage. */
export const ReplaceContentsRequest = Type.Object({
  uploadKey: RequestText({ description: '`key` of the upload of new contents.' }),
  size: Type.Integer({ description: 'Bytes; must equal the size in storage.' }),
  mimeType: RequestText({ description: 'MIME type; must equal that of the upload.' }),
  width: Type.Optional(PixelCount),
  height: Type.Optional(PixelCount),
});
export type ReplaceContentsRequest = Static<typeof ReplaceContentsRequest>;

/** Body of `copy`; absent fields are those of the file. */
export const CopyFileRequest = Type.Object({
  originalName: Type.Optional(RequestText({ description: 'Name of the copy; by default that of the file.' })),
  folder: Type.Optional(Folder),
  visibility: Type.Optional(
    Type.Enum(Visibility.enum, {
      type: 'string',
      description: 'Who may read the copy; by default `private`.',
    }),
  ),
});
export type CopyFileRequest = Static<typeof CopyFileRequest>;
