import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '../../../server/src/postgres/database/database.ts';
import { horizon, idBefore } from '../../../server/src/postgres/events/event-ids.ts';

/**
 * Resolves when all events that have been written so far can be read. Transactions of other test files, on the same server, hold
 * them back while they are open.
 */
export async function settledEvents(database: Database): Promise<void> {
  const [row] = await database.rows(sql<{ id: number }>`select ${idBefore} as id`);
  for (;;) {
    const [now] = await database.rows(sql<{ id: number }>`select ${horizon} as id`);
    if (row === undefined || now === undefined || now.id > row.id) return;
    await wait(20);
  }
}
