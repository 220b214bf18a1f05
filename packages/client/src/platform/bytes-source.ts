import type { Source } from '../source.ts';

/** Bytes where they are: nothing is copied. */
export function openBytes(input: ArrayBuffer | ArrayBufferView): Source {
  const isView = ArrayBuffer.isView(input);
  // A view's buffer may be shared between threads; nothing here writes to it, so that makes no difference.
  const buffer = (isView ? input.buffer : input) as ArrayBuffer;
  const bytes = new Uint8Array(buffer, isView ? input.byteOffset : 0, input.byteLength);
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}
