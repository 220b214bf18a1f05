import {
  AbortByIdRequest,
  AbortMultipartAnswer,
  AbortMultipartRequest,
  CompleteMultipartAnswer,
  CompleteMultipartRequest,
  CompletePartsRequest,
  InitMultipartAnswer,
  InitMultipartRequest,
  ListPartsAnswer,
  ListPartsQuery,
  PresignPartRequest,
  PresignPartsAnswer,
  PresignPartsRequest,
} from '@bkend/storage-contract/schemas';
import type { UploadsDeps } from '../../uploads/deps.ts';
import { abortMultipart } from '../../uploads/multipart/abort-multipart.ts';
import { completeMultipart } from '../../uploads/multipart/complete-multipart.ts';
import { findMultipartKey } from '../../uploads/multipart/get-multipart.ts';
import { initMultipart } from '../../uploads/multipart/init-multipart.ts';
import { listParts } from '../../uploads/multipart/list-parts.ts';
import { presignParts } from '../../uploads/multipart/presign-parts.ts';
import type { Api } from '../api.ts';
import { fileErrors, openErrors } from './route-errors.ts';
import { answers, UploadParameters } from './route-schemas.ts';

const tags = ['Multipart'];

const uploaders = { access: 'uploaders', scope: 'files:write' } as const;

/** Codes of an upload that the caller cannot use. */
const uploadErrors = [
  'file/s3-key-too-long',
  'file/invalid-path',
  'file/access-denied',
  'file/upload-not-found',
] as const;

const completeErrors = [
  'file/invalid-parts-array',
  'file/invalid-part-number-range',
  'file/size-mismatch',
  'file/content-mismatch',
  'file/file-too-small',
  'file/file-too-large',
  'file/upload-incomplete',
] as const;

/** Parts of the routes of each verb: one names the upload by key and id in its body, the other by its id in the path. */
const presign = {
  config: { ...uploaders, errors: [...uploadErrors, 'file/invalid-part-number-range'] },
  schema: { tags, response: answers(200, PresignPartsAnswer) },
} as const;
const complete = {
  config: { ...uploaders, errors: [...uploadErrors, ...completeErrors] },
  schema: { tags, response: answers(200, CompleteMultipartAnswer) },
} as const;
const abort = {
  config: { ...uploaders, errors: uploadErrors },
  schema: { tags, response: answers(200, AbortMultipartAnswer) },
} as const;

/** Endpoints of multipart uploads. */
export function multipartRoutes(app: Api, deps: UploadsDeps): void {
  const initConfig = {
    access: 'users',
    scope: 'files:write',
    errors: [...openErrors, ...fileErrors, 'file/upload-init-failed'],
  } as const;
  const init = { tags, body: InitMultipartRequest, response: answers(200, InitMultipartAnswer) };
  app.post(
    '/files/multipart/init',
    {
      config: initConfig,
      schema: {
        ...init,
        summary: 'Begin a multipart upload',
        description:
          'Answers the recommended size and number of parts. Presign and PUT each part, then complete the upload. With `fileId` the upload is of new contents of that file, as of `content/presigned-url`.',
      },
    },
    (request) => initMultipart(deps, request.caller, request.body),
  );
  app.post(
    '/files/multipart/initiate',
    {
      config: initConfig,
      schema: { ...init, summary: 'Begin a multipart upload: the same as `init`' },
    },
    (request) => initMultipart(deps, request.caller, request.body),
  );

  app.post(
    '/files/multipart/presigned-url',
    {
      config: presign.config,
      schema: {
        ...presign.schema,
        summary: 'Presign one part, or up to 100',
        description: 'Give `partNumber` or `partNumbers`. The answer has `url` and `partNumber`, or `urls`.',
        body: PresignPartsRequest,
      },
    },
    (request) => presignParts(deps, request.caller, request.body),
  );

  app.get(
    '/files/multipart/parts',
    {
      config: { ...uploaders, errors: uploadErrors },
      schema: {
        tags,
        summary: 'List the parts that have arrived',
        querystring: ListPartsQuery,
        response: answers(200, ListPartsAnswer),
      },
    },
    (request) => listParts(deps, request.caller, request.query),
  );

  app.post(
    '/files/multipart/complete',
    {
      config: complete.config,
      schema: {
        ...complete.schema,
        summary: 'Complete a multipart upload',
        description:
          'Joins the parts in storage. Repeating it after success gives the same answer. Then register the file.',
        body: CompleteMultipartRequest,
      },
    },
    (request) => completeMultipart(deps, request.caller, request.body),
  );

  app.post(
    '/files/multipart/abort',
    {
      config: abort.config,
      schema: {
        ...abort.schema,
        summary: 'Abort a multipart upload',
        description: 'Repeating it gives the same answer.',
        body: AbortMultipartRequest,
      },
    },
    (request) => abortMultipart(deps, request.caller, request.body),
  );

  multipartRoutesById(app, deps);
}

/** The endpoints of a multipart upload whose path has its id: the same verbs, of which the body need not name the key. */
function multipartRoutesById(app: Api, deps: UploadsDeps): void {
  const params = UploadParameters;
  app.post(
    '/files/multipart/:uploadId/part-url',
    {
      config: presign.config,
      schema: {
        ...presign.schema,
        summary: 'Presign one part of the upload with this id',
        params,
        body: PresignPartRequest,
      },
    },
    async ({ caller, params: { uploadId }, body: { partNumber, ...named } }) => {
      const key = await findMultipartKey(deps, caller, { uploadId, ...named });
      return presignParts(deps, caller, { key, uploadId, partNumber });
    },
  );

  app.post(
    '/files/multipart/:uploadId/complete',
    {
      config: complete.config,
      schema: {
        ...complete.schema,
        summary: 'Complete the multipart upload with this id',
        params,
        body: CompletePartsRequest,
      },
    },
    async ({ caller, params: { uploadId }, body: { parts, ...named } }) => {
      const key = await findMultipartKey(deps, caller, { uploadId, ...named });
      return completeMultipart(deps, caller, { key, uploadId, parts });
    },
  );

  app.post(
    '/files/multipart/:uploadId/abort',
    {
      config: abort.config,
      schema: {
        ...abort.schema,
        summary: 'Abort the multipart upload with this id',
        params,
        body: AbortByIdRequest,
      },
    },
    async ({ caller, params: { uploadId }, body }) => {
      const key = await findMultipartKey(deps, caller, { uploadId, ...body });
      return abortMultipart(deps, caller, { key, uploadId });
    },
  );
}
