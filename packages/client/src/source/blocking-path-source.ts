import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { StorageError } from '../storage-error.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';
import {
  absoluteOf,
  describePath,
  flags,
  invalidPath,
  maxWholeBytes,
  openPath,
  requireFile,
  requireUnchanged,
} from './path-source.ts';
import { type Source, sourceChanged } from './source.ts';

/** Milliseconds that a file in memory, or on a fast disk, takes less than. */
const quickMs = 2;
/** Files that are read by the thread pool after one that was slow: its threads let a slow disk work on several. */
const filesAfterSlow = 100;

/**
 * Creates an {@link openPath} for programs that do nothing besides. Files of up to 64 KiB are read at once, on the calling thread:
 * waking threads of the pool, five times a file, costs ten times as much as reading it. A slow disk is left to the pool.
 */
export function createBlockingOpen(): (path: string | URL, wait: CallerWait) => Source | Promise<Source> {
  let leftToPool = 0;
  return (path, wait) => {
    if (leftToPool > 0) {
      leftToPool -= 1;
      return openPath(path, wait);
    }
    const startedMs = performance.now();
    const source = readSmallFile(absoluteOf(path));
    if (performance.now() - startedMs > quickMs) leftToPool = filesAfterSlow;
    return source ?? openPath(path, wait);
  };
}

/** @returns undefined for a larger file */
function readSmallFile(absolute: string): Source | undefined {
  const fd = attempt(
    () => openSync(absolute, flags),
    (cause) => invalidPath('Cannot read', absolute, cause),
  );
  let source: Source | undefined;
  try {
    const stats = attempt(
      () => requireFile(fstatSync(fd)),
      (cause) => invalidPath('There is no file at', absolute, cause),
    );
    if (stats.size > maxWholeBytes) return undefined;
    const bytes = readBytes(fd, stats.size);
    source = {
      ...describePath(absolute, stats),
      read: (start, end) => bytes.subarray(start, end),
      async verify() {
        const now = attempt(() => fstatSync(fd), sourceChanged);
        requireUnchanged(stats, now);
      },
      close: () => closeSync(fd),
    };
    return source;
  } finally {
    if (source === undefined) closeSync(fd);
  }
}

function readBytes(fd: number, sizeBytes: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  for (let filled = 0; filled < sizeBytes; ) {
    const read = attempt(() => readSync(fd, bytes, filled, sizeBytes - filled, filled), sourceChanged);
    if (read === 0) throw sourceChanged();
    filled += read;
  }
  return bytes;
}

/** Does the work; its failure becomes the given error. */
function attempt<T>(work: () => T, errorOf: (cause: unknown) => StorageError): T {
  try {
    return work();
  } catch (cause) {
    throw errorOf(cause);
  }
}
