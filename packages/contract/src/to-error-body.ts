import type { ErrorBody } from './error-body.ts';
import { type ErrorCode, errorStatus } from './error-codes.ts';
import { type StorageError, shorten } from './storage-error.ts';

/** What clients hear of faults that are not theirs, instead of addresses, buckets and drivers' words. */
const ownFaults: Partial<Record<ErrorCode, string>> = {
  'common/unavailable': 'The service cannot answer now; try again soon.',
  'file/upload-init-failed': 'Storage refused to begin the upload.',
  'file/bucket-not-configured': 'Storage is not set up: there is no bucket that can be used.',
};

/** No refusal is larger as JSON: what was asked must not decide what its refusal costs. */
const maxErrorBytes = 16 * 1024;
const maxMessageLength = 1_000;

/**
 * A refusal as it travels, in at most 16 KiB of JSON. Its cause stays behind, and for our own faults (500 and above) its words
 * do too.
 */
export function toErrorBody(error: StorageError, requestId: string): ErrorBody {
  const { code } = error;
  const statusCode = errorStatus[code];
  const isOwnFault = statusCode >= 500;
  const message = isOwnFault
    ? (ownFaults[code] ?? 'Something went wrong on our side.')
    : shorten(error.message, maxMessageLength);
  const details = isOwnFault ? {} : error.details;
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
