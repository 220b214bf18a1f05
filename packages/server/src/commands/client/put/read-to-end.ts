import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { retryWhenDescriptorsAreFree } from '../local-files/descriptor-limit.ts';

/**
 * Reads a source of unknown size to its end: standard input (`-`), a pipe, a file of `/proc`. It is opened when the first chunk is
 * requested.
 */
export function readToEnd(path: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      if (path === '-') yield* process.stdin;
      else yield* await retryWhenDescriptorsAreFree(() => open(path));
    },
  };
}

/** Opens without blocking: an open that waits for a writer would keep a thread, and the process, until one comes. */
function open(path: string): AsyncIterable<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream('', { fd });
}
