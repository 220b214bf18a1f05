import { maxSinglePutBytes, type Source, sourceChanged, type Uploadable } from './source.ts';
import { StorageError } from './storage-error.ts';

/** @param size bytes, of a stream, where the caller knows */
export async function openSource(input: Uploadable, size?: number): Promise<Source> {
  if (input instanceof Blob) return openBlob(input);
  if (typeof input === 'string' || input instanceof ArrayBuffer || ArrayBuffer.isView(input)) {
    // A view's buffer may be shared between threads; a Blob refuses it then.
    return openBlob(new Blob([input as BlobPart]));
  }
  if (input && ('getReader' in input || Symbol.asyncIterator in input)) {
    const { openStream } = await import('./stream-source.ts');
    return openStream(input, size, { wholeBytes: maxSinglePutBytes, changed: sourceChanged });
  }
  throw new StorageError(
    'client/invalid-input',
    'upload takes a File, Blob, bytes, text or a stream, and in Node a path.',
  );
}

function openBlob(blob: Blob): Source {
  // Of a File; a Blob has none of these.
  const { name, webkitRelativePath, lastModified } = blob as Partial<File>;
  return {
    ...(name && { name, identity: [webkitRelativePath, name, blob.size, lastModified].join() }),
    type: blob.type,
    size: blob.size,
    read: (start, end) => blob.slice(start, end),
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
