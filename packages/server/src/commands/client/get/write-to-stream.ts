import type { Writable } from 'node:stream';
import type { Storage, StoredFile } from '@bkend/storage';
import { fetchBytes, WriteError } from './fetch-bytes.ts';
import { IntegrityCheck } from './integrity-check.ts';

export interface WriteRequest {
  readonly file: StoredFile;
  readonly open: (signal: AbortSignal) => Promise<Writable>;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/**
 * Writes a file's bytes to a stream, where nothing can be taken back, and checks their integrity at the end.
 * @throws StorageError, WriteError
 */
export async function writeToStream(storage: Storage, request: WriteRequest): Promise<void> {
  const { file, open, signal, onProgress } = request;
  const output = await open(signal);
  // Each write reports its own failure.
  output.on('error', () => {});
  const check = new IntegrityCheck(file);
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
  return new WriteError('The output accepts no more bytes.', { cause });
}
