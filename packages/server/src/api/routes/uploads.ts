import {
  PresignUploadAnswer,
  PresignUploadRequest,
  PresignUploadsAnswer,
  PresignUploadsRequest,
  RegisterFileRequest,
  RegisterFilesRequest,
  registerFilesAnswer,
} from '@bkend/storage-contract/schemas';
import { completeUpload } from '../../uploads/complete-upload.ts';
import type { UploadsDeps } from '../../uploads/deps.ts';
import { presignUpload, presignUploads } from '../../uploads/presign-upload.ts';
import { registerFile, registerFiles } from '../../uploads/register-file.ts';
import type { Api } from '../api.ts';
import { batchItems } from '../batch-items.ts';
import { fileErrors, openErrors, planErrors, takeErrors } from './route-errors.ts';
import { answers, FileAnswer, FileParameters } from './route-schemas.ts';

const tags = ['Upload'];

const registerErrors = [
  ...planErrors,
  ...takeErrors,
  'file/access-denied',
  'file/s3-key-already-exists',
] as const;

/** Endpoints of an upload by one PUT: presign, then, after the client's PUT to the object store, register. */
export function uploadRoutes(app: Api, deps: UploadsDeps): void {
  app.post(
    '/files/presigned-url',
    {
      config: {
        access: 'users',
        scope: 'files:write',
        errors: openErrors,
      },
      schema: {
        tags,
        summary: 'Presign an upload',
        description:
          'Answers a URL for one PUT with exactly this type and, where `fileSize` is given, this length. Then register the file.',
        body: PresignUploadRequest,
        response: answers(200, PresignUploadAnswer),
      },
    },
    (request) => presignUpload(deps, request.caller, request.body),
  );

  const requests = batchItems(app, { field: 'files', item: PresignUploadRequest });
  app.post(
    '/files/presigned-urls',
    {
      validatorCompiler: requests.validatorCompiler,
      config: { access: 'users', scope: 'files:write' },
      schema: {
        tags,
        summary: 'Presign up to 100 uploads',
        description:
          'Answers 200 with an upload, as `presigned-url` does, or with an error for each of `files`, in order.',
        body: PresignUploadsRequest,
        response: answers(200, PresignUploadsAnswer),
      },
    },
    (request) => presignUploads(deps, request.caller, { ...request.body, check: requests.check }),
  );

  app.post(
    '/files',
    {
      config: { access: 'uploaders', scope: 'files:write', errors: registerErrors },
      schema: {
        tags,
        summary: 'Register an uploaded file',
        description:
          'Makes a file of the uploaded bytes, which must be in storage with this size and type. `folder`, `visibility` and `category` default to those of the upload. Only admins may set `ownerId` and `ownerType`.',
        body: RegisterFileRequest,
        response: answers(201, FileAnswer),
      },
    },
    async (request, reply) => {
      const file = await registerFile(deps, request.caller, request.body);
      return reply.status(201).send(file);
    },
  );

  app.post(
    '/files/:fileId/complete',
    {
      config: {
        access: 'uploaders',
        scope: 'files:write',
        errors: [
          ...takeErrors,
          ...fileErrors,
          'file/file-too-small',
          'file/file-too-large',
          'file/policy-violation',
        ],
      },
      schema: {
        tags,
        summary: 'Register an upload with what was announced',
        description:
          'Takes no body. `fileId` is that of the answer with the upload’s URL. Repeating it answers the file as it is.',
        params: FileParameters,
        response: answers(200, FileAnswer),
      },
    },
    (request) => completeUpload(deps, request.caller, request.params.fileId),
  );

  const registrations = batchItems(app, { field: 'files', item: RegisterFileRequest });
  app.post(
    '/files/batch',
    {
      validatorCompiler: registrations.validatorCompiler,
      config: { access: 'uploaders', scope: 'files:write' },
      schema: {
        tags,
        summary: 'Register up to 100 uploaded files',
        description:
          'Answers 200 with the file, or with the error that it would have had alone, for each of `files`, in order.',
        body: RegisterFilesRequest,
        response: answers(200, registerFilesAnswer(FileAnswer)),
      },
    },
    (request) => registerFiles(deps, request.caller, { ...request.body, check: registrations.check }),
  );
}
