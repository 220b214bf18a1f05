import { StorageError, toErrorBody } from '@bkend/storage-contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { retryHeaders } from '../http/send-error.ts';

/** What the framework refuses by itself, in our words. */
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

/** The one place where a refusal becomes an answer. Whatever is unknown is ours, and tells nothing of its cause. */
export function renderError(
  error: FastifyError | StorageError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = toStorageError(error);
  request.refusal = refusal.cause ?? refusal;
  const body = toErrorBody(refusal, request.id);
  reply.header('X-Request-Id', request.id);
  if (body.statusCode === 503) reply.header('Retry-After', '5');
  reply.headers(retryHeaders(refusal));
  // The framework would close the connection under a body that still comes, and the client, reset, would not read why. The host
  // reads what is left of it, up to a limit.
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
