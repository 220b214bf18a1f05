import type { EnvironmentNotices } from '../../projects/ports.ts';
import type { Database } from '../database.ts';
import { listenForNotices } from '../notices.ts';

/** What every change of an environment notifies. */
export const environmentChannel = 'bkend_environments';

/** News of changed environments. */
export function createEnvironmentNotices(database: Database): EnvironmentNotices {
  return { subscribe: (listener) => listenForNotices(database, environmentChannel, listener) };
}
