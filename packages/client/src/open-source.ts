import { openBytes } from './bytes-source.ts';
import { type PathInput, type Source, sourceChanged, type Uploadable } from './source.ts';
import { StorageError } from './storage-error.ts';
import { openStream } from './stream-source.ts';

/** @param size bytes, of a stream, where the caller knows */
export async function openSource(input: Exclude<Uploadable, PathInput>, size?: number): Promise<Source> {
  if (typeof input === 'string') return openBytes(new TextEncoder().encode(input));
  if (input instanceof Blob) return openBlob(input);
  if (input instanceof ArrayBuffer) return openBytes(new Uint8Array(input));
  // A view's buffer may be shared between threads; nothing here writes to it, so that makes no difference.
  if (ArrayBuffer.isView(input)) {
    return openBytes(new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength));
  }
  if (input && ('getReader' in input || Symbol.asyncIterator in input)) return openStream(input, size);
  throw new StorageError('client/invalid-input', 'upload takes a File, Blob, bytes, text, or a stream.');
}

function openBlob(blob: Blob): Source {
  const file = 'name' in blob ? (blob as File) : undefined;
  return {
    ...(file && { name: file.name, identity: `${file.name} ${file.size} ${file.lastModified}` }),
    type: blob.type,
    size: blob.size,
    read: (start, end) => blob.slice(start, end),
    close: async () => {},
    async verify() {
      // A File whose content changed on disk cannot be read any more (File API, section 6).
      await blob
        .slice(0, 1)
        .arrayBuffer()
        .catch((cause: unknown) => {
          throw sourceChanged(cause);
        });
    },
  };
}
