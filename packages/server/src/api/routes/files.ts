import {
  ChangeVisibilityRequest,
  DeleteFileQuery,
  DownloadUrlAnswer,
  DownloadUrlRequest,
  DownloadUrlsAnswer,
  DownloadUrlsRequest,
  FacetsAnswer,
  FileFilterQuery,
  ImageUrlAnswer,
  ImageUrlRequest,
  ListedId,
  ListFilesQuery,
  ListPositionsAnswer,
  ListPositionsQuery,
  Pagination,
  UpdateFileRequest,
} from '@bkend/storage-contract/schemas';
import { Type } from 'typebox';
import { deleteFile } from '../../files/delete-file.ts';
import type { FilesDeps } from '../../files/deps.ts';
import { getFile } from '../../files/get-file.ts';
import { countFacets } from '../../files/listing/count-facets.ts';
import { listFiles, listPositions } from '../../files/listing/list-files.ts';
import { presignDownload, presignDownloads } from '../../files/presign-download.ts';
import { updateFile } from '../../files/update-file.ts';
import { type ImageLinksDeps, signImageUrl } from '../../image-links/signed-image-url.ts';
import type { Api } from '../api.ts';
import { batchItems } from '../batch-items.ts';
import type { ListGate } from './list-gate.ts';
import { changeErrors, fileErrors } from './route-errors.ts';
import { answers, FileAnswer, FileParameters, IfMatch } from './route-schemas.ts';

const tags = ['Files'];

const readers = { access: 'readers', scope: 'files:read', errors: fileErrors } as const;
const owners = { access: 'owners', scope: 'files:write', errors: changeErrors } as const;

/** Largest body of the endpoints that guests may call. */
const smallBodyBytes = 16 * 1024;

/** Endpoints of registered files: list, read, change, delete, download. */
export function fileRoutes(app: Api, deps: FilesDeps & ImageLinksDeps, gate: ListGate): void {
  app.get(
    '/files',
    {
      config: { access: 'everyone', scope: 'files:read', errors: ['file/invalid-folder'] },
      schema: {
        tags,
        summary: 'List files',
        description:
          'Pages by number, or by `cursor`, which reads on from `pagination.nextCursor` of the page before at the same speed on every page. `page` × `limit` is at most 100,000. `folder=/` names the root.',
        querystring: ListFilesQuery,
        response: answers(200, Type.Object({ items: Type.Array(FileAnswer), pagination: Pagination })),
      },
    },
    (request) => gate(request, () => listFiles(deps, request.caller, request.query)),
  );

  app.get(
    '/files/positions',
    {
      config: { access: 'everyone', scope: 'files:read', errors: ['file/invalid-folder'] },
      schema: {
        tags,
        summary: 'List positions of a list',
        description:
          'Cursors at every `step`-th file of a list with the same sorting and filters, so that a client can read from anywhere in it. One request walks through at most 10,000 files; `nextCursor` reads on.',
        querystring: ListPositionsQuery,
        response: answers(200, ListPositionsAnswer),
      },
    },
    (request) => gate(request, () => listPositions(deps, request.caller, request.query)),
  );

  app.get(
    '/files/facets',
    {
      config: { access: 'everyone', scope: 'files:read', errors: ['file/invalid-folder'] },
      schema: {
        tags,
        summary: 'Count the facets of a list',
        description:
          'The categories, visibilities, types, tags and months of the files of a list with the same filters, each with the number of files.',
        querystring: FileFilterQuery,
        response: answers(200, FacetsAnswer),
      },
    },
    (request) => gate(request, () => countFacets(deps, request.caller, request.query)),
  );

  app.get(
    '/files/:fileId',
    {
      config: readers,
      schema: {
        tags,
        summary: 'Read a file',
        params: FileParameters,
        response: answers(200, FileAnswer),
      },
    },
    (request) => getFile(deps, request.caller, request.params.fileId),
  );

  app.patch(
    '/files/:fileId',
    {
      config: {
        access: 'owners',
        scope: 'files:write',
        errors: [
          ...changeErrors,
          'file/invalid-name',
          'file/original-name-too-long',
          'file/invalid-folder',
          'file/invalid-format',
          'file/policy-violation',
        ],
      },
      schema: {
        tags,
        summary: 'Update a file',
        description:
          '`metadata` is a JSON merge patch (RFC 7396): named fields change, `null` removes, the rest stays. The ETag is that of the contents, which stays.',
        params: FileParameters,
        headers: IfMatch,
        body: UpdateFileRequest,
        response: answers(200, FileAnswer),
      },
    },
    (request) =>
      updateFile(deps, request.caller, {
        fileId: request.params.fileId,
        request: request.body,
        ifMatch: request.headers['if-match'],
      }),
  );

  app.patch(
    '/files/:fileId/visibility',
    {
      config: { ...owners, errors: [...changeErrors, 'file/policy-violation'] },
      schema: {
        tags,
        summary: 'Change the visibility of a file',
        params: FileParameters,
        headers: IfMatch,
        body: ChangeVisibilityRequest,
        response: answers(200, FileAnswer),
      },
    },
    (request) =>
      updateFile(deps, request.caller, {
        fileId: request.params.fileId,
        request: request.body,
        ifMatch: request.headers['if-match'],
      }),
  );

  app.delete(
    '/files/:fileId',
    {
      config: owners,
      schema: {
        tags,
        summary: 'Delete a file',
        description:
          'Removes the record at once, and queues the purge of the bytes in the same transaction; with `trash=true`, puts the file into the trash instead. A file in the trash is deleted for good without `trash`, and stays there with it.',
        params: FileParameters,
        headers: IfMatch,
        querystring: DeleteFileQuery,
        response: answers(200, Type.Object({})),
      },
    },
    async (request) => {
      const { trash } = request.query;
      await deleteFile(deps, request.caller, {
        fileId: request.params.fileId,
        trash,
        ifMatch: request.headers['if-match'],
      });
      return {};
    },
  );

  const download = { tags, params: FileParameters, response: answers(200, DownloadUrlAnswer) };
  const downloaders = {
    access: 'readers',
    scope: 'files:read',
    errors: [...fileErrors, 'file/version-not-found', 'file/scan-pending'],
  } as const;
  app.post(
    '/files/:fileId/download-url',
    {
      config: downloaders,
      bodyLimit: smallBodyBytes,
      schema: { ...download, summary: 'Presign a download', body: DownloadUrlRequest },
    },
    (request) =>
      presignDownload(deps, request.caller, { fileId: request.params.fileId, request: request.body }),
  );
  app.get(
    '/files/:fileId/download-url',
    {
      config: downloaders,
      schema: { ...download, summary: 'Presign a download with a GET', querystring: DownloadUrlRequest },
    },
    (request) =>
      presignDownload(deps, request.caller, { fileId: request.params.fileId, request: request.query }),
  );

  const fileIds = batchItems(app, { field: 'ids', item: ListedId });
  app.post(
    '/files/download-urls',
    {
      validatorCompiler: fileIds.validatorCompiler,
      config: { access: 'readers', scope: 'files:read' },
      bodyLimit: smallBodyBytes,
      schema: {
        tags,
        summary: 'Presign up to 100 downloads',
        description: 'Answers 200 with a URL or an error for each of `ids`, in order.',
        body: DownloadUrlsRequest,
        response: answers(200, DownloadUrlsAnswer),
      },
    },
    (request) => presignDownloads(deps, request.caller, { ...request.body, check: fileIds.check }),
  );

  app.post(
    '/files/:fileId/image-url',
    {
      config: {
        access: 'readers',
        scope: 'files:read',
        errors: [...fileErrors, 'file/invalid-format', 'file/scan-pending'],
      },
      bodyLimit: smallBodyBytes,
      schema: {
        tags,
        summary: 'Sign an image URL',
        description:
          'Answers a URL of the images host that serves this image, of any visibility, until `expiresAt`.',
        params: FileParameters,
        body: ImageUrlRequest,
        response: answers(200, ImageUrlAnswer),
      },
    },
    (request) => signImageUrl(deps, request.caller, { fileId: request.params.fileId, request: request.body }),
  );
}
