export { createFileOnce } from './create-file-once.ts';
export { acquireLock, type Lock, LockHeldError, waitForRelease } from './lock.ts';
export {
  createDirectoryFor,
  ensureOwnDirectory,
  ensureOwnTree,
  readOwnBytes,
  readOwnFile,
  replaceOwnFile,
  syncDirectory,
} from './own-files.ts';
export { findProcessStartTime } from './process-start-time.ts';
