import { afterAll, inject } from 'vitest';
import type { FileRepository } from '../../../server/src/files/ports.ts';
import { Database } from '../../../server/src/postgres/database/database.ts';
import { createFileRepository } from '../../../server/src/postgres/file-repository.ts';
import { createUploadRepository } from '../../../server/src/postgres/uploads/upload-repository.ts';
import type { UploadRepository } from '../../../server/src/uploads/ports.ts';
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

/**
 * A migrated database of a test file's own, with its files and uploads; dropped after the file's tests. To be awaited at the top of
 * the file.
 */
export async function useTestDatabase(): Promise<{
  readonly url: string;
  readonly database: Database;
  readonly files: FileRepository;
  readonly uploads: UploadRepository;
}> {
  const test = await createTestDatabase();
  afterAll(() => test[Symbol.asyncDispose]());
  const { url, database } = test;
  return { url, database, files: createFileRepository(database), uploads: createUploadRepository(database) };
}

/** A database with nothing in it, on the server of the test run. */
export function createEmptyDatabase(): Promise<NewDatabase> {
  return createDatabase(inject('postgresUrl'), 'template0');
}
