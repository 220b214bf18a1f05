import type { ErrorBody } from './error-body.ts';
import { errorStatus } from './error-codes.ts';
import type { StorageError } from './storage-error.ts';

/** A refusal as it travels; its cause stays behind. */
export function toErrorBody(error: StorageError, requestId: string): ErrorBody {
  return {
    success: false,
    error: { code: error.code, message: error.message, details: error.details },
    message: error.message,
    statusCode: errorStatus[error.code],
    requestId,
  };
}
