import { maxSinglePutBytes, type Source, type Stream, sourceChanged, type Uploadable } from './source.ts';
import { overNetwork, StorageError } from './storage-error.ts';
import type { Wait } from './wait.ts';

/** @param size bytes, of a stream, where the caller knows */
export async function openSource(input: Uploadable, wait: Wait, size?: number): Promise<Source> {
  if (input instanceof Blob) return openBlob(input, wait);
  if (typeof input === 'string' || input instanceof ArrayBuffer || ArrayBuffer.isView(input)) {
    // A view's buffer may be shared between threads; a Blob refuses it then.
    return openBlob(new Blob([input as BlobPart]), wait);
  }
  if (isStream(input)) {
    const { openStream } = await overNetwork(import('./stream-source.ts'));
    const deps = { wholeBytes: maxSinglePutBytes, changed: sourceChanged, StorageError, wait };
    return openStream(input, size, deps);
  }
  throw new StorageError(
    'client/invalid-input',
    'upload takes a File, Blob, bytes, text or a stream, and in Node a path.',
  );
}

function isStream(input: Uploadable): input is Stream {
  const object = Object(input);
  return 'getReader' in object || Symbol.asyncIterator in object;
}

function openBlob(blob: Blob, wait: Wait): Source {
  // Of a File; a Blob has none of these.
  const { name, webkitRelativePath, lastModified } = blob as Partial<File>;
  return {
    ...(name && { name, identity: [webkitRelativePath, name, blob.size, lastModified].join() }),
    type: blob.type,
    size: blob.size,
    read: (start, end) => blob.slice(start, end),
    async verify() {
      // A File whose content changed on disk cannot be read any more (File API, section 6).
      const first = blob.slice(0, 1).arrayBuffer();
      await wait(
        first.catch((cause: unknown) => {
          throw sourceChanged(cause);
        }),
      );
    },
  };
}
