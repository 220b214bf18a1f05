import { createStorageOn } from './create-storage.ts';
import type { Storage, StorageOptions } from './storage.ts';
import { blockingNodePlatform, nodePlatform } from './transport/node/node-platform.ts';

export * from './exports.ts';

/**
 * Creates a client of the storage API. It sends nothing until a method is called.
 *
 * @param options URL of the API, API key, and how to authenticate, retry and resume
 * @returns the client; create one and share it, since its transfers share their connections
 * @throws `client/invalid-input` without a `url` and an `apiKey`
 * @example
 * ```ts
 * import { createStorage } from '@bkend/storage';
 *
 * const storage = createStorage({
 *   url: 'https://files.example.com',
 *   apiKey: 'pk_…',
 *   accessToken: () => session.token(),
 * });
 * ```
 */
export function createStorage(options: StorageOptions): Storage {
  return createStorageOn(options.blockingReads ? blockingNodePlatform : nodePlatform, options);
}
