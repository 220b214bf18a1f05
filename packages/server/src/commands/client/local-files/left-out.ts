import { StorageError } from '@bkend/storage';

/** The error of an upload; of a file that is smaller than the environment takes, that it is left out for that. */
export function asLeftOut(error: unknown): unknown {
  if (!(error instanceof StorageError) || error.code !== 'file/file-too-small') return error;
  const { minBytes, sizeBytes } = error.details;
  if (typeof minBytes !== 'number') return error;
  const size = sizeBytes === 0 ? 'empty' : 'too small';
  const least = minBytes === 1 ? '1 byte' : `${minBytes} bytes`;
  const message = `It is ${size}, and left out: the smallest file here has ${least} (uploads.minFileBytes).`;
  return new StorageError(error.code, message, { cause: error });
}
