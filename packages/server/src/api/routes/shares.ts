import { SharesAnswer, SharesRequest } from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { changeShares, readShares } from '../../files/share-file.ts';
import type { Api } from '../api.ts';
import { changeErrors, fileErrors } from './route-errors.ts';
import { answers, FileParameters, IfMatch, ShareParameters } from './route-schemas.ts';

const tags = ['Shares'];
const reading = { access: 'owners', scope: 'files:read', errors: fileErrors } as const;
const writing = { access: 'owners', scope: 'files:write', errors: changeErrors } as const;
const response = answers(200, SharesAnswer);

/** Endpoints for the users that a `shared` file is shared with: all, or one. */
export function shareRoutes(app: Api, deps: FilesDeps): void {
  app.get(
    '/files/:fileId/shares',
    {
      config: reading,
      schema: { tags, summary: 'List the users of a shared file', params: FileParameters, response },
    },
    (request) => readShares(deps, request.caller, request.params.fileId),
  );

  app.put(
    '/files/:fileId/shares',
    {
      config: writing,
      schema: {
        tags,
        summary: 'Replace the users of a shared file',
        params: FileParameters,
        headers: IfMatch,
        body: SharesRequest,
        response,
      },
    },
    (request) =>
      changeShares(deps, request.caller, {
        fileId: request.params.fileId,
        change: () => request.body.sharedWith,
        ifMatch: request.headers['if-match'],
      }),
  );

  app.delete(
    '/files/:fileId/shares',
    {
      config: writing,
      schema: {
        tags,
        summary: 'Remove all users of a shared file',
        params: FileParameters,
        headers: IfMatch,
        response,
      },
    },
    (request) =>
      changeShares(deps, request.caller, {
        fileId: request.params.fileId,
        change: () => [],
        ifMatch: request.headers['if-match'],
      }),
  );

  app.get(
    '/files/:fileId/shares/:userId',
    {
      config: reading,
      schema: {
        tags,
        summary: 'Find one user of a shared file',
        description: '`sharedWith` has this user, or is empty.',
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
    {
      config: writing,
      schema: {
        tags,
        summary: 'Share a file with a user',
        params: ShareParameters,
        headers: IfMatch,
        response,
      },
    },
    (request) => {
      const { fileId, userId } = request.params;
      return changeShares(deps, request.caller, {
        fileId,
        change: (userIds) => [...userIds, userId],
        ifMatch: request.headers['if-match'],
      });
    },
  );

  app.delete(
    '/files/:fileId/shares/:userId',
    {
      config: writing,
      schema: {
        tags,
        summary: 'Remove a user of a shared file',
        params: ShareParameters,
        headers: IfMatch,
        response,
      },
    },
    (request) => {
      const { fileId, userId } = request.params;
      const change = (userIds: readonly string[]) => userIds.filter((name) => name !== userId);
      return changeShares(deps, request.caller, { fileId, change, ifMatch: request.headers['if-match'] });
    },
  );
}
