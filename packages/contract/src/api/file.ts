import { type Static, Type } from 'typebox';
import { ceilings } from '../limits.ts';
import {
  Bucket,
  Category,
  Folder,
  Instant,
  maxMetadataTextLength,
  OwnerType,
  PixelCount,
  RequestText,
  Visibility,
} from './field-schemas.ts';

const MetadataText = (description: string) => RequestText({ maxLength: maxMetadataTextLength, description });
const MetadataFields = {
  category: MetadataText('A category of the app’s own.'),
  tags: Type.Array(RequestText(), {
    maxItems: ceilings.tags,
    description: 'Lists can filter by one of them.',
  }),
  description: MetadataText('Text for people.'),
  alt: MetadataText('Alternative text of an image.'),
  relatedEntityId: MetadataText('Id of the app’s object that the file belongs to.'),
  custom: Type.Record(Type.String(), Type.Unknown(), { description: 'Any JSON of the app’s own.' }),
};
const UserId = Type.String({ minLength: 1, maxLength: 255 });
export const UserIds = Type.Array(UserId, {
  maxItems: ceilings.sharedWith,
  description: 'Ids of the users that may read the file while it is `shared`.',
});

/** Descriptive fields of a file, set by the app. Other fields are refused. */
export const FileMetadata = Type.Object(
  {
    category: Type.Optional(MetadataFields.category),
    tags: Type.Optional(MetadataFields.tags),
    description: Type.Optional(MetadataFields.description),
    alt: Type.Optional(MetadataFields.alt),
    relatedEntityId: Type.Optional(MetadataFields.relatedEntityId),
    custom: Type.Optional(MetadataFields.custom),
  },
  { additionalProperties: false },
);
export type FileMetadata = Static<typeof FileMetadata>;

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** A JSON merge patch (RFC 7396) of {@link FileMetadata}: named fields change, `null` removes a field, the others stay. */
export const FileMetadataPatch = Type.Object(
  {
    category: nullable(MetadataFields.category),
    tags: nullable(MetadataFields.tags),
    description: nullable(MetadataFields.description),
    alt: nullable(MetadataFields.alt),
    relatedEntityId: nullable(MetadataFields.relatedEntityId),
    custom: nullable(MetadataFields.custom),
  },
  { additionalProperties: false },
);
export type FileMetadataPatch = Static<typeof FileMetadataPatch>;

/**
 * A file as the API answers it. `ownerId`, `ownerType`, `bucket`, `sharedWith`, `metadata.custom` and
 * `metadata.relatedEntityId` are optional because only the owner and admins get them.
 */
export const FileView = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'UUIDv7.' }),
    s3Key: Type.String({ description: 'Address of the file, which never changes.' }),
    key: Type.String({ description: 'Repeats `s3Key`: published clients read either.' }),
    originalName: Type.String({ description: 'Name that users see.' }),
    folder: Type.String({ description: 'Folder that the file lies in, `trips/2026`; empty for the root.' }),
    mimeType: Type.String({ description: 'MIME type.' }),
    size: Type.Integer({ description: 'Bytes.' }),
    width: Type.Optional(Type.Integer({ description: 'Pixels.' })),
    height: Type.Optional(Type.Integer({ description: 'Pixels.' })),
    visibility: Visibility,
    ownerId: Type.Optional(Type.String({ description: 'Id of the owner.' })),
    ownerType: Type.Optional(OwnerType),
    bucket: Type.Optional(Bucket),
    category: Type.Optional(Category),
    metadata: FileMetadata,
    sharedWith: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Ids of the users that may read the file while it is `shared`.',
      }),
    ),
    etag: Type.String({ description: 'ETag of the bytes, without quotes.' }),
    version: Type.Integer({ description: '1 for the first contents, one more for every replacement.' }),
    scan: Type.Optional(
      Type.Union([Type.Literal('pending'), Type.Literal('passed')], {
        description:
          '`pending`: a scanner has not looked at the bytes yet, and only owner and admins see the file. Absent: it was not to be scanned.',
      }),
    ),
    url: Type.Optional(Type.String({ description: 'Image URL of the images host, on `public` files only.' })),
    permissions: Type.Object(
      {
        canUpdate: Type.Boolean(),
        canDelete: Type.Boolean(),
        canShare: Type.Boolean(),
      },
      { description: 'What the caller, with this API key, may do with the file.' },
    ),
    createdAt: Instant,
    updatedAt: Instant,
    deletedAt: Type.Optional(
      Type.Unsafe<string>({ ...Instant, description: 'When it was put into the trash; absent elsewhere.' }),
    ),
  },
  { $id: 'File', additionalProperties: false },
);
export type FileView = Static<typeof FileView>;

/** Body of `POST /v1/files`: the record of a file whose bytes are in storage. */
export const RegisterFileRequest = Type.Object({
  s3Key: RequestText({ description: '`key` of the presigned or multipart upload.' }),
  originalName: RequestText({ description: 'Name that users see.' }),
  mimeType: RequestText({ description: 'MIME type; must equal that of the upload.' }),
  size: Type.Integer({ description: 'Bytes; must equal the size in storage.' }),
  width: Type.Optional(PixelCount),
  height: Type.Optional(PixelCount),
  folder: Type.Optional(Folder),
  visibility: Type.Optional(Visibility),
  bucket: Type.Optional(Bucket),
  category: Type.Optional(Category),
  metadata: Type.Optional(FileMetadata),
  sharedWith: Type.Optional(UserIds),
  ownerId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Admins only.' })),
  ownerType: Type.Optional(OwnerType),
});
export type RegisterFileRequest = Static<typeof RegisterFileRequest>;

/** Body of `PATCH /v1/files/:fileId`; absent fields stay. */
export const UpdateFileRequest = Type.Object({
  originalName: Type.Optional(RequestText({ description: 'Name that users see.' })),
  folder: Type.Optional(Folder),
  visibility: Type.Optional(Visibility),
  category: Type.Optional(Category),
  metadata: Type.Optional(Type.Union([FileMetadataPatch, Type.Null()])),
  sharedWith: Type.Optional(UserIds),
});
export type UpdateFileRequest = Static<typeof UpdateFileRequest>;

/** Body of `PATCH /v1/files/:fileId/visibility`. */
export const ChangeVisibilityRequest = Type.Object({ visibility: Visibility });
export type ChangeVisibilityRequest = Static<typeof ChangeVisibilityRequest>;

/** Body of `PUT …/shares`. */
export const SharesRequest = Type.Object({ sharedWith: UserIds });
export type SharesRequest = Static<typeof SharesRequest>;

/** The users of a file’s shares. */
export const SharesAnswer = Type.Object({
  sharedWith: Type.Array(Type.String(), {
    description: 'Ids of the users that may read the file while it is `shared`.',
  }),
});
export type SharesAnswer = Static<typeof SharesAnswer>;

/** Query of `DELETE /v1/files/:fileId`. */
export const DeleteFileQuery = Type.Object({
  trash: Type.Optional(
    Type.Boolean({
      description: 'Puts the file into the trash, from where it can be restored. Default: deleted for good.',
    }),
  ),
});
export type DeleteFileQuery = Static<typeof DeleteFileQuery>;

/** Query of `DELETE /v1/trash`. */
export const EmptyTrashQuery = Type.Object({
  scope: Type.Optional(
    Type.Enum(['caller', 'tenant'], {
      type: 'string',
      description: 'Whose files: the caller’s (default), or for admins those of the whole tenant.',
    }),
  ),
});
export type EmptyTrashQuery = Static<typeof EmptyTrashQuery>;

/** Progress of emptying the trash. */
export const EmptyTrashAnswer = Type.Object({
  done: Type.Integer({ description: 'Number of files that were deleted.' }),
  remaining: Type.Integer({ description: 'Number of files that are deleted in the background.' }),
});
export type EmptyTrashAnswer = Static<typeof EmptyTrashAnswer>;
