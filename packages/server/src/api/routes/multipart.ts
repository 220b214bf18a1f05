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
import { abortMultipart } from '../../files/abort-multipart.ts';
import { completeMultipart } from '../../files/complete-multipart.ts';
import type { FilesDeps } from '../../files/deps.ts';
import { initMultipart } from '../../files/init-multipart.ts';
import { listParts } from '../../files/list-parts.ts';
import { presignParts } from '../../files/presign-parts.ts';
import type { Api } from '../api.ts';
import { forUsers } from '../authentication.ts';
import { answers } from './answers.ts';

const tags = ['Multipart'];

/** Uploads in parts. */
export function multipartRoutes(app: Api, deps: FilesDeps): void {
  app.post(
    '/files/multipart/init',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Open an upload in parts',
        body: InitMultipartRequest,
        response: answers(200, InitMultipartAnswer),
      },
    },
    (request) => initMultipart(deps, request.caller, request.body),
  );

  app.post(
    '/files/multipart/presigned-url',
    {
      config: { ...forUsers, refusals: [404] },
      schema: {
        tags,
        summary: 'Ask for the URL of one part, or of up to 100',
        body: PresignPartsRequest,
        response: answers(200, PresignPartsAnswer),
      },
    },
    (request) => presignParts(deps, request.caller, request.body),
  );

  app.get(
    '/files/multipart/parts',
    {
      config: { ...forUsers, refusals: [404] },
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
      config: { ...forUsers, refusals: [404, 409] },
      schema: {
        tags,
        summary: 'Put the parts together',
        body: CompleteMultipartRequest,
        response: answers(200, CompleteMultipartAnswer),
      },
    },
    (request) => completeMultipart(deps, request.caller, request.body),
  );

  app.post(
    '/files/multipart/abort',
    {
      config: { ...forUsers, refusals: [404] },
      schema: {
        tags,
        summary: 'Give an upload in parts up',
        body: AbortMultipartRequest,
        response: answers(200, AbortMultipartAnswer),
      },
    },
    (request) => abortMultipart(deps, request.caller, request.body),
  );
}
