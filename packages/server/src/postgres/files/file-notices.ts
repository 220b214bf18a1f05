import type { FileNotices } from '../../files/ports.ts';
import type { Database } from '../database.ts';
import { listenForNotices } from '../notices.ts';

/** What changing and removing a file notifies, with its key. */
export const fileChannel = 'bkend_files';

/** News about files. */
export function createFileNotices(database: Database): FileNotices {
  return { subscribe: (listener) => listenForNotices(database, fileChannel, listener) };
}
