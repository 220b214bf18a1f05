import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { Database } from '../../src/postgres/database.ts';
import { migrate } from '../../src/postgres/migrate.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/** A migrated database of a suite's own, on the server of the test run or on another; dropped when disposed. */
export async function createTestDatabase(serverUrl?: string): Promise<TestDatabase> {
  const empty = await createEmptyDatabase(serverUrl);
  await migrate({ url: empty.url });
  const database = new Database({ url: empty.url });
  return {
    url: empty.url,
    database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await empty[Symbol.asyncDispose]();
    },
  };
}

/** A database with nothing in it; dropped when disposed. */
export async function createEmptyDatabase(
  serverUrl = inject('postgresUrl'),
): Promise<{ readonly url: string } & AsyncDisposable> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `create database ${name} template template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(serverUrl, `drop database ${name} with (force)`),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
