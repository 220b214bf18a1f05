import { createStorageOn, type Storage, type StorageOptions } from './create-storage.ts';
import { nodePlatform } from './platform/node.ts';

export * from './exports.ts';

/** Opens a client of the storage API at `url`. Nothing is sent before it is used. */
export function createStorage(options: StorageOptions): Storage {
  return createStorageOn(nodePlatform, options);
}
