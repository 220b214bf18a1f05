import { EmptyTrashAnswer, EmptyTrashQuery } from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { emptyTrash } from '../../files/empty-trash.ts';
import type { Api } from '../api.ts';
import { answers } from './route-schemas.ts';

/** The endpoint of the trash as a whole; those of single files and of lists know it by `trash=true`. */
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
}
