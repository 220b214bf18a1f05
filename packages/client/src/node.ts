import { createStorageOn, type Storage, type StorageOptions } from './create-storage.ts';
import { nodePlatform } from './platform/node.ts';

export * from './exports.ts';

/** Opens a client of the storage API at `url`. Nothing is sent before it is used. */
export function createStorage(options: StorageOptions): Storage {
  return createStorageOn(nodePlatform, { fetch: explainingFetch, ...options });
}

/** "fetch failed" says nothing; its cause does. */
const explainingFetch: typeof fetch = async (...request) => {
  try {
    return await fetch(...request);
  } catch (error) {
    const { cause } = error as { cause?: Partial<NodeJS.ErrnoException> };
    throw cause ? new TypeError(cause.message || cause.code, { cause: error }) : error;
  }
};
