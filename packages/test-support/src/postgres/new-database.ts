import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../../server/src/postgres/migrations/migrate.ts';
import { eventually } from '../process/eventually.ts';

/** A database that was just made; dropped when disposed. */
export interface NewDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/** A database in which all migrations have run, and to which nothing is connected. */
export async function createMigratedDatabase(serverUrl: string): Promise<NewDatabase> {
  const created = await createDatabase(serverUrl, 'template0');
  await migrate({ url: created.url });
  return created;
}

/** A copy of a database to which nothing is connected; of `template0`, one with nothing in it. */
export async function createDatabase(serverUrl: string, template: string): Promise<NewDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withServer(serverUrl, async (client) => {
    // A copy of the files takes a seventh of the time of one through the write-ahead log, the default since PostgreSQL 15.
    const { rows } = await client.query<{ hasStrategy: boolean }>(
      `select current_setting('server_version_num')::int >= 150000 as "hasStrategy"`,
    );
    const strategy = rows[0]?.hasStrategy ? 'strategy file_copy' : '';
    await client.query(`create database ${name} template ${template} ${strategy}`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    [Symbol.asyncDispose]: () => dropDatabase(serverUrl, name),
  };
}

/** Drops a database with all that is connected, once no worker of autovacuum is, which our role may not end. */
async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await eventually(`the database ${name} is dropped`, async () => {
    try {
      await withServer(serverUrl, (client) => client.query(`drop database ${name} with (force)`));
      return true;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === insufficientPrivilege) return undefined;
      throw error;
    }
  });
}

/** SQLSTATE, PostgreSQL appendix A. */
const insufficientPrivilege = '42501';

async function withServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
