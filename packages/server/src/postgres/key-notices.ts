import type { KeyNotices } from '../identity/ports.ts';
import type { Database } from './database.ts';
import { listenForNotices } from './notices.ts';

/** What `revoke` notifies. */
export const keyChannel = 'bkend_api_keys';

/** News about keys. */
export function createKeyNotices(database: Database): KeyNotices {
  return { subscribe: (listener) => listenForNotices(database, keyChannel, listener) };
}
