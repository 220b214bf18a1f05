import { EmptyTrashAnswer, EmptyTrashQuery } from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { emptyTrash } from '../../files/empty-trash.ts';
import { restoreFile } from '../../files/restore-file.ts';
import type { Api } from '../api.ts';
import { changeErrors } from './route-errors.ts';
import { answers, FileAnswer, FileParameters, IfMatch } from './route-schemas.ts';

/** Endpoints of the trash: restore from it, empty it. Deleting and listing know it by `trash=true`. */
export function trashRoutes(app: Api, deps: FilesDeps): void {
  app.delete(
    '/trash',
    {
      config: { access: 'users', scope: 'files:write', errors: ['file/access-denied'] },
      schema: {
        tags: ['Files'],
        summary: 'Empty the trash',
        description:
          'Deletes for good what is in the caller’s trash, or with `scope=tenant`, for admins, in that of all owners. Of more than 1,000 files the rest is deleted in the background, also when the service stops in between; what is put into the trash meanwhile stays.',
        querystring: EmptyTrashQuery,
        response: answers(200, EmptyTrashAnswer),
      },
    },
    (request) => emptyTrash(deps, request.caller, request.query),
  );

  app.post(
    '/files/:fileId/restore',
    {
      config: { access: 'owners', scope: 'files:write', errors: changeErrors },
      schema: {
        tags: ['Files'],
        summary: 'Restore a file from the trash',
        description:
          'Gives it back its visibility, shares and addresses. Answers the file also when it was not in the trash.',
        params: FileParameters,
        headers: IfMatch,
        response: answers(200, FileAnswer),
      },
    },
    (request) =>
      restoreFile(deps, request.caller, {
        fileId: request.params.fileId,
        ifMatch: request.headers['if-match'],
      }),
  );
}
