import {
  AvatarAnswer,
  ChangeAvatarRequest,
  DeleteAvatarAnswer,
  PresignAvatarAnswer,
  PresignAvatarRequest,
} from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import { changeAvatar, presignAvatar } from '../../uploads/avatars/change-avatar.ts';
import { deleteAvatar, readAvatar } from '../../uploads/avatars/read-avatar.ts';
import type { UploadsDeps } from '../../uploads/deps.ts';
import type { Api } from '../api.ts';
import { openErrors, takeErrors } from './route-errors.ts';
import { answers, UserParameters } from './route-schemas.ts';

const tags = ['Avatars'];
const params = UserParameters;

/** Endpoints of the avatars of users. */
export function avatarRoutes(app: Api, deps: UploadsDeps): void {
  app.post(
    '/users/:userId/avatar/upload-url',
    {
      config: { access: 'oneself', scope: 'files:write', errors: [...openErrors, 'user/forbidden'] },
      schema: {
        tags,
        summary: 'Presign the upload of an avatar',
        description: 'Answers a URL for one PUT. Then set the avatar with the key.',
        params,
        body: PresignAvatarRequest,
        response: answers(200, PresignAvatarAnswer),
      },
    },
    ({ caller, params: { userId }, body }) => presignAvatar(deps, caller, { userId, request: body }),
  );

  app.patch(
    '/users/:userId/avatar',
    {
      config: {
        access: 'oneself',
        scope: 'files:write',
        errors: [
          ...takeErrors,
          'file/invalid-format',
          'file/file-too-small',
          'file/file-too-large',
          'file/policy-violation',
          'file/access-denied',
          'file/s3-key-already-exists',
          'user/forbidden',
        ],
      },
      schema: {
        tags,
        summary: 'Set the avatar of a user',
        description: 'Registers the upload as a public file, and deletes the avatar of before.',
        params,
        body: ChangeAvatarRequest,
        response: answers(200, AvatarAnswer),
      },
    },
    ({ caller, params: { userId }, body }) => changeAvatar(deps, caller, { userId, request: body }),
  );

  app.delete(
    '/users/:userId/avatar',
    {
      config: { access: 'oneself', scope: 'files:write', errors: ['user/forbidden'] },
      schema: {
        tags,
        summary: 'Delete the avatar of a user',
        description: 'For good. Without an avatar it answers the same.',
        params,
        response: answers(200, DeleteAvatarAnswer),
      },
    },
    ({ caller, params: { userId } }) => deleteAvatar(deps, caller, userId),
  );

  app.get(
    '/users/:userId/avatar',
    {
      config: { access: 'readers', scope: 'files:read', errors: ['file/not-found', 'user/forbidden'] },
      schema: {
        tags,
        summary: 'Redirect to the avatar of a user',
        params,
        response: answers(302, Type.Object({})),
      },
    },
    async ({ caller, params: { userId } }, reply) => {
      const url = await readAvatar(deps, caller, userId);
      return reply.header('Location', url).code(302).send({});
    },
  );
}
