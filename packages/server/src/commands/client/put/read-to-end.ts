import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { whenDescriptorsAreFree } from './when-descriptors-are-free.ts';

/**
 * What can only be read from front to back: standard input (`-`), a pipe, a file that does not tell its size. It is opened when
 * the first chunk is asked for.
 */
export function readToEnd(path: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      if (path === '-') yield* process.stdin;
      else yield* await whenDescriptorsAreFree(() => open(path));
    },
  };
}

/** Without blocking: an open that waits for a writer would hold a thread, and the end of the process, until one comes. */
function open(path: string): AsyncIterable<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream('', { fd });
}
