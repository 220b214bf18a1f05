import type { Writable } from 'node:stream';
import type { Storage, StoredFile } from '@bkend/storage';
import { ContentCheck } from './content-check.ts';
import { fetchBytes } from './fetch-bytes.ts';
import { WriteError } from './write-error.ts';

export interface WriteRequest {
  readonly file: StoredFile;
  readonly open: (signal: AbortSignal) => Promise<Writable>;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/**
 * Writes a file's bytes to what the user named, and says at the end whether they were the right ones: nothing can be taken
 * back there.
 * @throws StorageError, WriteError
 */
export async function writeToStream(storage: Storage, request: WriteRequest): Promise<void> {
  const { file, open, signal, onProgress } = request;
  const output = await open(signal);
  // Each write reports its own failure.
  output.on('error', () => {});
  const check = new ContentCheck(file);
  let sizeBytes = 0;
  const sink = {
    get sizeBytes() {
      return sizeBytes;
    },
    async write(bytes: Uint8Array) {
      await write(output, bytes);
      check.update(bytes);
      sizeBytes += bytes.length;
    },
  };
  const from = { fileId: file.id, sizeBytes: file.size, etag: undefined };
  const { md5 } = await fetchBytes(storage, { ...from, sink, signal, onEtag: async () => {}, onProgress });
  if (output !== process.stdout && output !== process.stderr) await end(output);
  check.verify(md5);
}

function write(output: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(bytes, (cause) => (cause ? reject(cannotWrite(cause)) : resolve()));
  });
}

function end(output: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    output.once('error', (cause) => reject(cannotWrite(cause)));
    output.end(() => resolve());
  });
}

function cannotWrite(cause: Error): WriteError {
  return new WriteError('What it is written to takes no more.', { cause });
}
