/**
 * Files, directories and locks of the service's own: made for their owner alone, replaced whole, never reached through a link. They
 * are those of the store, which keeps its own files the same way; every other room of the server has them from here.
 */
export {
  acquireLock,
  createDirectoryFor,
  createFileOnce,
  ensureOwnDirectory,
  ensureOwnTree,
  findProcessStartTime,
  type Lock,
  LockHeldError,
  readOwnBytes,
  readOwnFile,
  replaceOwnFile,
  syncDirectory,
  waitForRelease,
} from '@bkend/store/directory';
