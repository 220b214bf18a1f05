import { ListVersionsAnswer, ListVersionsQuery } from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import type { FilesDeps } from '../../files/deps.ts';
import { listVersions } from '../../files/versions/list-versions.ts';
import { deleteVersion, restoreVersion } from '../../files/versions/restore-version.ts';
import type { Api } from '../api.ts';
import { changeErrors, fileErrors } from './route-errors.ts';
import { answers, FileAnswer, FileParameters, IfMatch, VersionParameters } from './route-schemas.ts';

const tags = ['Versions'];
const versionErrors = [...changeErrors, 'file/version-not-found'] as const;

/** Endpoints of the former contents of a file. */
export function versionRoutes(app: Api, deps: FilesDeps): void {
  app.get(
    '/files/:fileId/versions',
    {
      config: { access: 'owners', scope: 'files:read', errors: fileErrors },
      schema: {
        tags,
        summary: 'List the versions of a file',
        description: 'Former contents, the latest first. The current contents are not among them.',
        params: FileParameters,
        querystring: ListVersionsQuery,
        response: answers(200, ListVersionsAnswer),
      },
    },
    (request) => listVersions(deps, request.caller, { fileId: request.params.fileId, query: request.query }),
  );

  app.post(
    '/files/:fileId/versions/:versionId/restore',
    {
      config: { access: 'owners', scope: 'files:write', errors: versionErrors },
      schema: {
        tags,
        summary: 'Restore a version',
        description:
          'Gives the file these contents again, under a new version number; what it has now becomes a version. Repeating it after success answers the file.',
        params: VersionParameters,
        headers: IfMatch,
        response: answers(200, FileAnswer),
      },
    },
    (request) =>
      restoreVersion(deps, request.caller, { ...request.params, ifMatch: request.headers['if-match'] }),
  );

  app.delete(
    '/files/:fileId/versions/:versionId',
    {
      config: { access: 'owners', scope: 'files:write', errors: versionErrors },
      schema: {
        tags,
        summary: 'Delete a version',
        description: 'Removes it at once, and queues the purge of its bytes in the same transaction.',
        params: VersionParameters,
        headers: IfMatch,
        response: answers(200, Type.Object({})),
      },
    },
    async (request) => {
      await deleteVersion(deps, request.caller, { ...request.params, ifMatch: request.headers['if-match'] });
      return {};
    },
  );
}
