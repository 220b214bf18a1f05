import { StorageError } from '@bkend/storage';
import type { Messages } from '../i18n/en.ts';

/** Whether the session has ended. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof StorageError && error.status === 401;
}

/** Whether the service knows no such one-time link: it was used, its time is over, or its address was cut. */
export function isUnknownLink(error: unknown): boolean {
  return error instanceof StorageError && (error.status === 404 || error.status === 400);
}

/** An error in words of the console's language; a code without words of its own keeps the service's sentence. */
export function describeError(error: unknown, messages: Messages): string {
  if (!(error instanceof StorageError)) return messages.errorTitle;
  if (error.code === 'client/network' || error.code === 'client/stalled') return messages.errorNetwork;
  if (error.code === 'auth/scope-insufficient') return messages.errorForbidden;
  if (error.code === 'common/too-many-requests') return messages.errorTooMany;
  if (error.code === 'file/not-found') return messages.errorMissing;
  return error.message || messages.errorTitle;
}

/** The id of the request that failed, for a report. */
export function requestIdOf(error: unknown): string | undefined {
  return error instanceof StorageError ? error.requestId : undefined;
}
