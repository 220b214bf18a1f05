import { inject } from 'vitest';
import { Database } from '../../../server/src/postgres/database/database.ts';
import { createDatabase, createMigratedDatabase, type NewDatabase } from './new-database.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/**
 * A migrated database of a suite's own, dropped when disposed.
 * @param serverUrl of another server than that of the test run, on which the migrations run anew
 */
export async function createTestDatabase(serverUrl?: string): Promise<TestDatabase> {
  const created =
    serverUrl === undefined
      ? await createDatabase(inject('postgresUrl'), inject('postgresTemplate'))
      : await createMigratedDatabase(serverUrl);
  const database = new Database({ url: created.url });
  return {
    url: created.url,
    database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await created[Symbol.asyncDispose]();
    },
  };
}

/** A database with nothing in it, on the server of the test run. */
export function createEmptyDatabase(): Promise<NewDatabase> {
  return createDatabase(inject('postgresUrl'), 'template0');
}
