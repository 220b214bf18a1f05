import { retryHeaders } from '@bkend/http';
import { StorageError, toErrorBody } from '@bkend/storage-contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { nameQueryFields } from './validation.ts';

/** The framework's own refusals, as errors of this API. */
const frameworkRefusals: Record<string, () => StorageError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new StorageError('common/unsupported-media-type', 'Send the body as application/json.'),
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new StorageError(
      'common/payload-too-large',
      'The JSON body is too large; file bytes go to the presigned URL.',
    ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new StorageError('common/invalid-parameters', 'The body has another length than Content-Length says.'),
  FST_ERR_BAD_URL: () => new StorageError('common/not-found', 'The path is not a valid URL path.'),
};

/**
 * Makes the answer of every error of the API. An error that is not a `StorageError` is `common/internal-error`; its cause is
 * logged and not shown.
 */
export function renderError(
  error: FastifyError | StorageError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = nameQueryFields(toStorageError(error), request.routeOptions.schema);
  request.refusal = refusal.cause ?? refusal;
  const body = toErrorBody(refusal, request.id);
  reply.header('X-Request-Id', request.id);
  reply.headers(retryHeaders(refusal));
  // The framework would close the connection while a body still arrives, and the client, reset, could not read the answer. The
  // host reads the rest of the body, up to a limit.
  reply.removeHeader('connection');
  return reply.status(body.statusCode).send(body);
}

function toStorageError(error: FastifyError | StorageError): StorageError {
  if (error instanceof StorageError) return error;
  const refusal = frameworkRefusals[error.code];
  if (refusal) return refusal();
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new StorageError('common/invalid-parameters', 'The request cannot be read.', { cause: error });
  }
  return new StorageError('common/internal-error', 'Something went wrong on our side.', { cause: error });
}
