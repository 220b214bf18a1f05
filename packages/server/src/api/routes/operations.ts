import {
  DeleteFolderQuery,
  MoveFolderRequest,
  OperationStarted,
  OperationView,
} from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import type { FilesDeps } from '../../files/deps.ts';
import { deleteFilesOfUser } from '../../files/operations/delete-files-of-user.ts';
import { deleteFolder } from '../../files/operations/delete-folder.ts';
import { getOperation } from '../../files/operations/get-operation.ts';
import { moveFolder } from '../../files/operations/move-folder.ts';
import type { Api } from '../api.ts';
import { FolderParameters } from './folders.ts';
import type { ListGate } from './list-gate.ts';
import { answers } from './route-schemas.ts';

const inBackground =
  'Of a user it takes their own files, of an admin those of all. Goes on in the background, also when the service stops in between; each file is changed wholly or not at all. Files that come into the folder after the call stay, and so do files in the trash. A request that is repeated while its operation runs is answered with the id of that.';

/** Endpoints that change any number of files in the background. Counting them costs as much as a list. */
export function operationRoutes(app: Api, deps: FilesDeps, gate: ListGate): void {
  app.post(
    '/folders/move',
    {
      config: { access: 'users', scope: 'files:write', errors: ['file/invalid-folder'] },
      schema: {
        tags: ['Folders'],
        summary: 'Move a folder',
        description: `The files in the folder and below it, and the folders that are kept there, get \`to\` in place of \`from\` in their paths. Files may lie there already. ${inBackground} A file whose folder would get too long a path stays, and counts in \`failed\`.`,
        body: MoveFolderRequest,
        response: answers(202, OperationStarted),
      },
    },
    async (request, reply) =>
      reply.code(202).send(await gate(request, () => moveFolder(deps, request.caller, request.body))),
  );

  app.delete(
    '/folders/*',
    {
      config: { access: 'users', scope: 'files:write', errors: ['file/invalid-folder'] },
      schema: {
        tags: ['Folders'],
        summary: 'Delete a folder',
        description: `Deletes the files in the folder and below it, for good or into the trash, and keeps it no more. ${inBackground}`,
        params: FolderParameters,
        querystring: DeleteFolderQuery,
        response: answers(202, OperationStarted),
      },
    },
    async (request, reply) => {
      const folder = { path: request.params['*'], trash: request.query.trash };
      return reply.code(202).send(await gate(request, () => deleteFolder(deps, request.caller, folder)));
    },
  );

  app.delete(
    '/users/:userId/files',
    {
      config: { access: 'admins', scope: 'files:write', errors: ['user/forbidden'] },
      schema: {
        tags: ['Files'],
        summary: 'Delete all files of a user',
        description:
          'For good, in the background, also those in the trash, with their versions, and the folders that the user keeps. Files that are registered after the call stay, and so do open uploads. Files that others share with the user stay shared.',
        params: Type.Object({
          userId: Type.String({ minLength: 1, maxLength: 255, description: 'Id of the user.' }),
        }),
        response: answers(202, OperationStarted),
      },
    },
    async (request, reply) =>
      reply
        .code(202)
        .send(await gate(request, () => deleteFilesOfUser(deps, request.caller, request.params.userId))),
  );

  app.get(
    '/operations/:operationId',
    {
      config: { access: 'users', scope: 'files:read', errors: ['file/operation-not-found'] },
      schema: {
        tags: ['Operations'],
        summary: 'How far an operation is',
        description: 'For its starter and for admins; to others it is 404. Kept for 7 days after its end.',
        params: Type.Object({
          operationId: Type.String({ maxLength: 255, description: 'Id of the operation.' }),
        }),
        response: answers(200, OperationView),
      },
    },
    (request) => getOperation(deps, request.caller, request.params.operationId),
  );
}
