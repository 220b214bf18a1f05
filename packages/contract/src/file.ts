import { type Static, Type } from 'typebox';
import { ceilings, maxBulkDelete } from './limits.ts';
import { maxMetadataTextLength, RequestText } from './request-text.ts';
import { Bucket, Category, Instant, OwnerType, Visibility } from './vocabulary-schemas.ts';

const MetadataText = RequestText({ maxLength: maxMetadataTextLength });
const Tags = Type.Array(RequestText(), { maxItems: ceilings.tags });
const UserId = Type.String({ minLength: 1, maxLength: 255 });
const UserIds = Type.Array(UserId, { maxItems: ceilings.sharedWith });

/** What an app may say about a file. Other fields are refused. */
export const FileMetadata = Type.Object(
  {
    category: Type.Optional(MetadataText),
    tags: Type.Optional(Tags),
    description: Type.Optional(MetadataText),
    alt: Type.Optional(MetadataText),
    relatedEntityId: Type.Optional(MetadataText),
    custom: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);
export type FileMetadata = Static<typeof FileMetadata>;

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** A JSON merge patch (RFC 7396) on {@link FileMetadata}: named fields change, `null` removes, the rest stays. */
export const FileMetadataPatch = Type.Object(
  {
    category: nullable(MetadataText),
    tags: nullable(Tags),
    description: nullable(MetadataText),
    alt: nullable(MetadataText),
    relatedEntityId: nullable(MetadataText),
    custom: nullable(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);
export type FileMetadataPatch = Static<typeof FileMetadataPatch>;

/**
 * A file as a client sees it. Fields marked optional for privacy (`ownerId`, `ownerType`, `bucket`, `sharedWith`,
 * `metadata.custom`, `metadata.relatedEntityId`) are there for the owner and for admins only.
 */
export const FileView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    s3Key: Type.String(),
    key: Type.String({ description: 'The same as `s3Key`; published clients read either.' }),
    originalName: Type.String(),
    mimeType: Type.String(),
    size: Type.Integer({ description: 'Bytes.' }),
    width: Type.Optional(Type.Integer({ description: 'Pixels.' })),
    height: Type.Optional(Type.Integer({ description: 'Pixels.' })),
    visibility: Visibility,
    ownerId: Type.Optional(Type.String()),
    ownerType: Type.Optional(OwnerType),
    bucket: Type.Optional(Bucket),
    category: Type.Optional(Category),
    metadata: FileMetadata,
    sharedWith: Type.Optional(Type.Array(Type.String())),
    etag: Type.String(),
    url: Type.Optional(Type.String({ description: 'On the image host; `public` files only.' })),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'File', additionalProperties: false },
);
export type FileView = Static<typeof FileView>;

export const RegisterFileRequest = Type.Object({
  s3Key: RequestText({ description: '`key` of the presign or multipart init answer.' }),
  originalName: RequestText(),
  mimeType: RequestText(),
  size: Type.Integer({ description: 'Bytes; must equal what is in storage.' }),
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
  visibility: Type.Optional(Visibility),
  bucket: Type.Optional(Bucket),
  category: Type.Optional(Category),
  metadata: Type.Optional(FileMetadata),
  sharedWith: Type.Optional(UserIds),
  ownerId: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Admins only.' })),
  ownerType: Type.Optional(OwnerType),
});
export type RegisterFileRequest = Static<typeof RegisterFileRequest>;

export const UpdateFileRequest = Type.Object({
  originalName: Type.Optional(RequestText()),
  visibility: Type.Optional(Visibility),
  metadata: Type.Optional(Type.Union([FileMetadataPatch, Type.Null()])),
  sharedWith: Type.Optional(UserIds),
});
export type UpdateFileRequest = Static<typeof UpdateFileRequest>;

export const SharesRequest = Type.Object({ sharedWith: UserIds });
export type SharesRequest = Static<typeof SharesRequest>;

export const SharesAnswer = Type.Object({ sharedWith: Type.Array(Type.String()) });
export type SharesAnswer = Static<typeof SharesAnswer>;

export const BulkDeleteRequest = Type.Object({
  ids: Type.Array(Type.String({ maxLength: 255 }), { minItems: 1, maxItems: maxBulkDelete }),
});
export type BulkDeleteRequest = Static<typeof BulkDeleteRequest>;

export const BulkDeleteAnswer = Type.Object({
  deleted: Type.Array(Type.String()),
  failed: Type.Array(Type.Object({ id: Type.String(), code: Type.String() })),
});
export type BulkDeleteAnswer = Static<typeof BulkDeleteAnswer>;
