import { type Static, Type } from 'typebox';
import { Instant, RequestText } from './field-schemas.ts';

/** Body of `POST /v1/users/:userId/avatar/upload-url`. */
export const PresignAvatarRequest = Type.Object({
  filename: RequestText({ description: 'Name of the file, such as `me.png`.' }),
  contentType: Type.Optional(
    RequestText({
      description:
        '`image/jpeg`, `image/png`, `image/gif` or `image/webp`; by default that of the name’s extension.',
    }),
  ),
});
export type PresignAvatarRequest = Static<typeof PresignAvatarRequest>;

/** The target of one PUT, and the key to set the avatar with. */
export const PresignAvatarAnswer = Type.Object({
  url: Type.String({ description: 'Presigned URL of the object store.' }),
  uploadUrl: Type.String({ description: 'Repeats `url`: published clients read either.' }),
  key: Type.String({ description: 'Key to set the avatar with, as `s3Key`.' }),
  contentType: Type.String({ description: 'MIME type, which the PUT must send.' }),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the URL.' }),
});
export type PresignAvatarAnswer = Static<typeof PresignAvatarAnswer>;

/** Body of `PATCH /v1/users/:userId/avatar`. */
export const ChangeAvatarRequest = Type.Object({
  s3Key: RequestText({ description: '`key` of the upload.' }),
});
export type ChangeAvatarRequest = Static<typeof ChangeAvatarRequest>;

/** The user, with the address of the avatar. */
export const AvatarAnswer = Type.Object({
  id: Type.String({ description: 'Id of the user.' }),
  image: Type.String({ description: 'Lasting public address of the avatar, on the images host.' }),
});
export type AvatarAnswer = Static<typeof AvatarAnswer>;

/** Answer of `DELETE /v1/users/:userId/avatar`. */
export const DeleteAvatarAnswer = Type.Object({
  message: Type.String({ description: 'Sentence for people.' }),
});
export type DeleteAvatarAnswer = Static<typeof DeleteAvatarAnswer>;
