import {
  PresignUploadAnswer,
  PresignUploadRequest,
  RegisterFileRequest,
} from '@bkend/storage-contract/schemas';
import type { FilesDeps } from '../../files/deps.ts';
import { presignUpload } from '../../files/presign-upload.ts';
import { registerFile } from '../../files/register-file.ts';
import type { Api } from '../api.ts';
import { forUsers } from '../authentication.ts';
import { answers, FileAnswer } from './answers.ts';

const tags = ['Upload'];

/** Single uploads: presign, then (after the PUT, which is not ours) register. */
export function uploadRoutes(app: Api, deps: FilesDeps): void {
  app.post(
    '/files/presigned-url',
    {
      config: forUsers,
      schema: {
        tags,
        summary: 'Ask for a URL to PUT a file to',
        body: PresignUploadRequest,
        response: answers(200, PresignUploadAnswer),
      },
    },
    (request) => presignUpload(deps, request.caller, request.body),
  );

  app.post(
    '/files',
    {
      config: { ...forUsers, refusals: [404, 409] },
      schema: {
        tags,
        summary: 'Register an uploaded file',
        body: RegisterFileRequest,
        response: answers(201, FileAnswer),
      },
    },
    async (request, reply) => {
      const file = await registerFile(deps, request.caller, request.body);
      return reply.status(201).send(file);
    },
  );
}
