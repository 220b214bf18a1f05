import { overNetwork, StorageError } from '../storage-error.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';
import { maxSinglePutBytes, type Source, type Stream, sourceChanged, type Uploadable } from './source.ts';

/**
 * Opens everything but paths.
 * @param size bytes of a stream, where the caller knows
 * @throws `client/invalid-input` for anything else
 */
export async function openSource(input: Uploadable, wait: CallerWait, size?: number): Promise<Source> {
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

export function isStream(input: Uploadable): input is Stream {
  const object = Object(input);
  return 'getReader' in object || Symbol.asyncIterator in object;
}

function openBlob(blob: Blob, wait: CallerWait): Source {
  // Fields of a File; a Blob has none of these.
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

/** Opens bytes in memory without copying them. For Node: browsers send a Blob faster. */
export function openBytes(input: ArrayBuffer | ArrayBufferView): Source {
  const isView = ArrayBuffer.isView(input);
  // A view's buffer may be shared between threads; nothing here writes to it, so that makes no difference.
  const buffer = (isView ? input.buffer : input) as ArrayBuffer;
  const bytes = new Uint8Array(buffer, isView ? input.byteOffset : 0, input.byteLength);
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}
