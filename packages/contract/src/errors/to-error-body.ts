import type { ErrorBody } from './error-body.ts';
import { errorCodes } from './error-codes.ts';
import { type StorageError, shorten } from './storage-error.ts';

/** Largest error answer as JSON, so that a request cannot choose the cost of its own refusal. */
const maxErrorBytes = 16 * 1024;
const maxMessageLength = 1_000;

/**
 * Renders an error as the body that clients get, at most 16 KiB of JSON. The cause stays behind; for faults of the service
 * (status 500 and above) the message and details do too.
 *
 * @param requestId the `X-Request-Id` of the answer.
 */
export function toErrorBody(error: StorageError, requestId: string): ErrorBody {
  const { code } = error;
  const { status: statusCode, publicMessage } = errorCodes[code];
  const message = publicMessage ?? shorten(error.message, maxMessageLength);
  const details = publicMessage === undefined ? error.details : {};
  const body: ErrorBody = {
    success: false,
    error: { code, message, details },
    message,
    statusCode,
    requestId,
  };
  if (Object.keys(details).length === 0 || isWithin(body, maxErrorBytes)) return body;
  return { ...body, error: { code, message, details: { truncated: true } } };
}

function isWithin(body: ErrorBody, bytes: number): boolean {
  return new TextEncoder().encode(JSON.stringify(body)).length <= bytes;
}
