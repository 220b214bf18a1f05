import type { ErrorBody } from './error-body.ts';
import { type ErrorCode, errorStatus } from './error-codes.ts';
import type { StorageError } from './storage-error.ts';

/** What clients hear of faults that are not theirs, instead of addresses, buckets and drivers' words. */
const ownFaults: Partial<Record<ErrorCode, string>> = {
  'common/unavailable': 'The service cannot answer now; try again soon.',
  'file/upload-init-failed': 'Storage refused to begin the upload.',
  'file/bucket-not-configured': 'Storage is not set up: there is no bucket that can be used.',
};

/** A refusal as it travels. Its cause stays behind, and for our own faults (500 and above) its words do too. */
export function toErrorBody(error: StorageError, requestId: string): ErrorBody {
  const { code } = error;
  const statusCode = errorStatus[code];
  const { message, details } =
    statusCode < 500
      ? error
      : { message: ownFaults[code] ?? 'Something went wrong on our side.', details: {} };
  return { success: false, error: { code, message, details }, message, statusCode, requestId };
}
