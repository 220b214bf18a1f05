import { FolderView, ListFoldersAnswer, ListFoldersQuery } from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import type { FilesDeps } from '../../files/deps.ts';
import { keepFolder } from '../../files/folders/keep-folder.ts';
import { listFolders } from '../../files/folders/list-folders.ts';
import type { Api } from '../api.ts';
import type { ListGate } from './list-gate.ts';
import { answers } from './route-schemas.ts';

const tags = ['Folders'];

/** The rest of the path, percent-encoded slashes and all. */
export const FolderParameters = Type.Object({
  '*': Type.String({
    maxLength: 4_096,
    description: 'Path of the folder, `trips/2026`; its slashes may be percent-encoded.',
  }),
});

/** Endpoints of folders. */
export function folderRoutes(app: Api, deps: FilesDeps, gate: ListGate): void {
  app.get(
    '/folders',
    {
      config: { access: 'everyone', scope: 'files:read', errors: ['file/invalid-folder'] },
      schema: {
        tags,
        summary: 'List the folders in a folder',
        description:
          'The folders with files in or below them that the caller may read, and those that the caller keeps; admins see all. `files` and `bytes` are of the files directly inside that the caller may read. Sorted by name, byte by byte; `cursor` reads on from `nextCursor`.',
        querystring: ListFoldersQuery,
        response: answers(200, ListFoldersAnswer),
      },
    },
    (request) => gate(request, () => listFolders(deps, request.caller, request.query)),
  );

  app.put(
    '/folders/*',
    {
      config: { access: 'users', scope: 'files:write', errors: ['file/invalid-folder'] },
      schema: {
        tags,
        summary: 'Keep a folder',
        description:
          'The caller sees the folder while it is empty, too, and so do admins. A folder that has files needs no keeping.',
        params: FolderParameters,
        response: answers(200, FolderView),
      },
    },
    (request) => keepFolder(deps, request.caller, request.params['*']),
  );
}
