import {
  AbortMultipartAnswer,
  AbortMultipartRequest,
  CompleteMultipartAnswer,
  CompleteMultipartRequest,
  InitMultipartAnswer,
  InitMultipartRequest,
  ListPartsAnswer,
  ListPartsQuery,
  PresignPartsAnswer,
  PresignPartsRequest,
} from '@bkend/storage-contract/schemas';
import type { UploadsDeps } from '../../uploads/deps.ts';
import { abortMultipart } from '../../uploads/multipart/abort-multipart.ts';
import { completeMultipart } from '../../uploads/multipart/complete-multipart.ts';
import { initMultipart } from '../../uploads/multipart/init-multipart.ts';
import { listParts } from '../../uploads/multipart/list-parts.ts';
import { presignParts } from '../../uploads/multipart/presign-parts.ts';
import type { Api } from '../api.ts';
import { fileErrors, openErrors } from './route-errors.ts';
import { answers } from './route-schemas.ts';

const tags = ['Multipart'];

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
  'file/file-too-small',
  'file/file-too-large',
  'file/upload-incomplete',
] as const;

/** Endpoints of multipart uploads. */
export function multipartRoutes(app: Api, deps: UploadsDeps): void {
  app.post(
    '/files/multipart/init',
    {
      config: {
        access: 'users',
        scope: 'files:write',
        errors: [...openErrors, ...fileErrors, 'file/upload-init-failed'],
      },
      schema: {
        tags,
        summary: 'Begin a multipart upload',
        description:
          'Answers the recommended size and number of parts. Presign and PUT each part, then complete the upload. With `fileId` the upload is of new contents of that file, as of `content/presigned-url`.',
        body: InitMultipartRequest,
        response: answers(200, InitMultipartAnswer),
      },
    },
    (request) => initMultipart(deps, request.caller, request.body),
  );

  app.post(
    '/files/multipart/presigned-url',
    {
      config: {
        access: 'uploaders',
        scope: 'files:write',
        errors: [...uploadErrors, 'file/invalid-part-number-range'],
      },
      schema: {
        tags,
        summary: 'Presign one part, or up to 100',
        description: 'Give `partNumber` or `partNumbers`. The answer has `url` and `partNumber`, or `urls`.',
        body: PresignPartsRequest,
        response: answers(200, PresignPartsAnswer),
      },
    },
    (request) => presignParts(deps, request.caller, request.body),
  );

  app.get(
    '/files/multipart/parts',
    {
      config: { access: 'uploaders', scope: 'files:write', errors: uploadErrors },
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
      config: { access: 'uploaders', scope: 'files:write', errors: [...uploadErrors, ...completeErrors] },
      schema: {
        tags,
        summary: 'Complete a multipart upload',
        description:
          'Joins the parts in storage. Repeating it after success gives the same answer. Then register the file.',
        body: CompleteMultipartRequest,
        response: answers(200, CompleteMultipartAnswer),
      },
    },
    (request) => completeMultipart(deps, request.caller, request.body),
  );

  app.post(
    '/files/multipart/abort',
    {
      config: { access: 'uploaders', scope: 'files:write', errors: uploadErrors },
      schema: {
        tags,
        summary: 'Abort a multipart upload',
        description: 'Repeating it gives the same answer.',
        body: AbortMultipartRequest,
        response: answers(200, AbortMultipartAnswer),
      },
    },
    (request) => abortMultipart(deps, request.caller, request.body),
  );
}
