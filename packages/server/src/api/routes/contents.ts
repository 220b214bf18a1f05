import {
  CopyFileRequest,
  PresignContentsRequest,
  PresignUploadAnswer,
  ReplaceContentsRequest,
} from '@bkend/storage-contract/schemas';
import { copyFile } from '../../uploads/copy-file.ts';
import type { UploadsDeps } from '../../uploads/deps.ts';
import { presignContents } from '../../uploads/presign-upload.ts';
import { replaceContents } from '../../uploads/replace-contents.ts';
import type { Api } from '../api.ts';
import { changeErrors, fileErrors, openErrors, takeErrors, typeAndSizeErrors } from './route-errors.ts';
import { answers, FileAnswer, FileParameters, IfMatch } from './route-schemas.ts';

const tags = ['Contents'];

/** Endpoints that give a file new contents, and its contents to a new file. */
export function contentsRoutes(app: Api, deps: UploadsDeps): void {
  app.post(
    '/files/:fileId/content/presigned-url',
    {
      config: {
        access: 'owners',
        scope: 'files:write',
        errors: [...fileErrors, ...openErrors],
      },
      schema: {
        tags,
        summary: 'Presign new contents',
        description:
          'Answers a URL for one PUT, as for a new file. The file stays as it is until `PUT /v1/files/:fileId/content`. Above the limit of one PUT: `multipart/init` with `fileId`.',
        params: FileParameters,
        body: PresignContentsRequest,
        response: answers(200, PresignUploadAnswer),
      },
    },
    (request) =>
      presignContents(deps, request.caller, { fileId: request.params.fileId, request: request.body }),
  );

  app.put(
    '/files/:fileId/content',
    {
      config: {
        access: 'owners',
        scope: 'files:write',
        errors: [...changeErrors, ...typeAndSizeErrors, ...takeErrors, 'file/scan-pending'],
      },
      schema: {
        tags,
        summary: 'Replace the contents of a file',
        description:
          'Gives the file the uploaded bytes: `etag`, `size`, `mimeType` and `version` are new, width and height those of the request; all else stays. What it had becomes a version where the environment keeps versions (`versions.keep`). Repeating it after success answers the file.',
        params: FileParameters,
        headers: IfMatch,
        body: ReplaceContentsRequest,
        response: answers(200, FileAnswer),
      },
    },
    (request) =>
      replaceContents(deps, request.caller, {
        fileId: request.params.fileId,
        request: request.body,
        ifMatch: request.headers['if-match'],
      }),
  );

  app.post(
    '/files/:fileId/copy',
    {
      config: {
        access: 'users',
        scope: 'files:write',
        errors: [...fileErrors, ...openErrors, 'file/scan-pending'],
      },
      schema: {
        tags,
        summary: 'Copy a file',
        description:
          'Makes a new file of the caller’s with the same bytes, copied within storage. For every user who may read the file. Versions are not copied.',
        params: FileParameters,
        body: CopyFileRequest,
        response: answers(201, FileAnswer),
      },
    },
    async (request, reply) => {
      const file = await copyFile(deps, request.caller, {
        fileId: request.params.fileId,
        request: request.body,
      });
      return reply.status(201).send(file);
    },
  );
}
