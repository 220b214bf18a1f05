import { SharesAnswer, SharesRequest } from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { changeShares, readShares } from '../../files/share-file.ts';
import type { Api } from '../api.ts';
import { forUsers } from '../authentication.ts';
import { answers } from './answers.ts';
import { FileParameters, ShareParameters } from './parameters.ts';

const tags = ['Shares'];
const response = answers(200, SharesAnswer);

/** Who a `shared` file is for: the whole list, or one user of it. */
export function shareRoutes(app: Api, deps: FilesDeps): void {
  app.get(
    '/files/:fileId/shares',
    { config: forUsers, schema: { tags, summary: 'Read the list', params: FileParameters, response } },
    (request) => readShares(deps, request.caller, request.params.fileId),
  );

  app.put(
    '/files/:fileId/shares',
    {
      config: forUsers,
      schema: { tags, summary: 'Replace the list', params: FileParameters, body: SharesRequest, response },
    },
    (request) =>
      changeShares(deps, request.caller, {
        fileId: request.params.fileId,
        change: () => request.body.sharedWith,
      }),
  );

  app.delete(
    '/files/:fileId/shares',
    { config: forUsers, schema: { tags, summary: 'Empty the list', params: FileParameters, response } },
    (request) => changeShares(deps, request.caller, { fileId: request.params.fileId, change: () => [] }),
  );

  app.get(
    '/files/:fileId/shares/:userId',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Whether a user is on the list',
        description: 'The list narrowed to this user: one entry, or none.',
        params: ShareParameters,
        response,
      },
    },
    async (request) => {
      const { fileId, userId } = request.params;
      const { sharedWith } = await readShares(deps, request.caller, fileId);
      return { sharedWith: sharedWith.filter((name) => name === userId) };
    },
  );

  app.put(
    '/files/:fileId/shares/:userId',
    { config: forUsers, schema: { tags, summary: 'Add a user', params: ShareParameters, response } },
    (request) => {
      const { fileId, userId } = request.params;
      return changeShares(deps, request.caller, { fileId, change: (userIds) => [...userIds, userId] });
    },
  );

  app.delete(
    '/files/:fileId/shares/:userId',
    { config: forUsers, schema: { tags, summary: 'Remove a user', params: ShareParameters, response } },
    (request) => {
      const { fileId, userId } = request.params;
      const change = (userIds: readonly string[]) => userIds.filter((name) => name !== userId);
      return changeShares(deps, request.caller, { fileId, change });
    },
  );
}
