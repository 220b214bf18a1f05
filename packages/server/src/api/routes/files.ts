import {
  BulkDeleteAnswer,
  BulkDeleteRequest,
  DownloadUrlAnswer,
  DownloadUrlRequest,
  ImageUrlAnswer,
  ImageUrlRequest,
  ListFilesQuery,
  Pagination,
  UpdateFileRequest,
} from '@bkend/storage-contract/schemas';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { deleteFile, deleteFiles } from '../../files/delete-files.ts';
import type { FilesDeps } from '../../files/deps.ts';
import { getFile } from '../../files/get-file.ts';
import { listFiles } from '../../files/list-files.ts';
import { presignDownload } from '../../files/presign-download.ts';
import { presignImage } from '../../files/presign-image.ts';
import { updateFile } from '../../files/update-file.ts';
import { FairGate, type GateCaller } from '../../http/fair-gate.ts';
import type { Api } from '../api.ts';
import { forUsers } from '../authentication.ts';
import { answers, FileAnswer } from './answers.ts';
import { FileParameters } from './parameters.ts';

const tags = ['Files'];

/**
 * A list takes two connections of ten, one for the page and one for the count: two lists of one caller at once leave others room,
 * and four of all leave room for what is no list.
 */
const listRules = { total: 4, perCaller: 2, maxQueuedPerCaller: 50, maxQueued: 1_000, maxWaitMs: 10_000 };

function waiterFor({ callerName, socket }: Pick<FastifyRequest, 'callerName' | 'socket'>): GateCaller {
  return { name: callerName, isGone: () => socket.destroyed };
}

/** What guests may send is no more than a few words. */
const smallBodyBytes = 16 * 1024;

/** Registered files: list, read, change, delete, download. */
export function fileRoutes(app: Api, deps: FilesDeps): void {
  const lists = new FairGate(listRules);
  app.get(
    '/files',
    {
      schema: {
        tags,
        summary: 'List the files you may see',
        querystring: ListFilesQuery,
        response: answers(200, Type.Object({ items: Type.Array(FileAnswer), pagination: Pagination })),
      },
    },
    (request) => lists.run(waiterFor(request), () => listFiles(deps, request.caller, request.query)),
  );

  app.get(
    '/files/:fileId',
    {
      schema: {
        tags,
        summary: 'Read a file’s record',
        params: FileParameters,
        response: answers(200, FileAnswer),
      },
    },
    (request) => getFile(deps, request.caller, request.params.fileId),
  );

  app.patch(
    '/files/:fileId',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Change a file’s record',
        description:
          '`metadata` is a JSON merge patch (RFC 7396): named fields change, `null` removes, the rest stays.',
        params: FileParameters,
        body: UpdateFileRequest,
        response: answers(200, FileAnswer),
      },
    },
    (request) => updateFile(deps, request.caller, { fileId: request.params.fileId, request: request.body }),
  );

  app.delete(
    '/files/:fileId',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Delete a file',
        params: FileParameters,
        response: answers(200, Type.Object({})),
      },
    },
    async (request) => {
      await deleteFile(deps, request.caller, request.params.fileId);
      return {};
    },
  );

  app.post(
    '/files/bulk-delete',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Delete up to 1,000 files',
        body: BulkDeleteRequest,
        response: answers(200, BulkDeleteAnswer),
      },
    },
    (request) => deleteFiles(deps, request.caller, request.body.ids),
  );

  const download = { tags, params: FileParameters, response: answers(200, DownloadUrlAnswer) };
  app.post(
    '/files/:fileId/download-url',
    {
      bodyLimit: smallBodyBytes,
      schema: { ...download, summary: 'Ask for a URL to GET a file from', body: DownloadUrlRequest },
    },
    (request) =>
      presignDownload(deps, request.caller, { fileId: request.params.fileId, request: request.body }),
  );
  app.get(
    '/files/:fileId/download-url',
    { schema: { ...download, summary: 'The same, as a GET', querystring: DownloadUrlRequest } },
    (request) =>
      presignDownload(deps, request.caller, { fileId: request.params.fileId, request: request.query }),
  );

  app.post(
    '/files/:fileId/image-url',
    {
      bodyLimit: smallBodyBytes,
      schema: {
        tags,
        summary: 'Ask for a URL of the image host, for a picture of any visibility',
        params: FileParameters,
        body: ImageUrlRequest,
        response: answers(200, ImageUrlAnswer),
      },
    },
    (request) => presignImage(deps, request.caller, { fileId: request.params.fileId, request: request.body }),
  );
}
