import { createStorageOn, type Storage, type StorageOptions } from './create-storage.ts';
import { browserPlatform } from './platform/browser.ts';

export * from './exports.ts';

/** Opens a client of the storage API at `url`. Nothing is sent before it is used. */
export function createStorage(options: StorageOptions): Storage {
  return createStorageOn(browserPlatform, options);
}
