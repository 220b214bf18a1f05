import { StorageError } from '@bkend/storage-contract';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { connectionOptions, type DatabaseOptions } from '../database/database.ts';
import { translateDatabaseError } from '../database/database-error.ts';
import { endOlderSessions } from '../database/end-older-sessions.ts';
import { openPool } from '../database/open-pool.ts';
import * as firstTables from './0001-first-tables.ts';
import * as sealedBytes from './0002-sealed-bytes.ts';
import * as environments from './0003-environments.ts';
import * as usageByOwnerType from './0004-usage-by-owner-type.ts';
import * as openUploads from './0005-open-uploads.ts';
import * as sealRetries from './0006-seal-retries.ts';
import * as foldersAndTrash from './0007-folders-and-trash.ts';
import * as folderTotals from './0008-folder-totals.ts';
import * as versions from './0009-versions.ts';
import * as operations from './0010-operations.ts';
import * as trash from './0011-trash.ts';
import * as givenKeys from './0012-given-keys.ts';
import * as operationFiles from './0013-operation-files.ts';
import * as foldedNames from './0014-folded-names.ts';
import * as registeredByThemselves from './0015-registered-by-themselves.ts';
import * as events from './0016-events.ts';
import * as avatars from './0017-avatars.ts';
import * as quotas from './0018-quotas.ts';
import * as webhooks from './0019-webhooks.ts';
import * as quotasReached from './0020-quotas-reached.ts';
import * as contentCheck from './0021-content-check.ts';
import * as deletions from './0022-deletions.ts';
import * as operators from './0023-operators.ts';
import * as scans from './0024-scans.ts';

interface Migration {
  readonly name: string;
  up(db: Kysely<unknown>): Promise<void>;
}

/** In order. What has been released is never changed: add another. */
const migrations: readonly Migration[] = [
  { name: '0001-first-tables', up: firstTables.up },
  { name: '0002-sealed-bytes', up: sealedBytes.up },
  { name: '0003-environments', up: environments.up },
  { name: '0004-usage-by-owner-type', up: usageByOwnerType.up },
  { name: '0005-open-uploads', up: openUploads.up },
  { name: '0006-seal-retries', up: sealRetries.up },
  { name: '0007-folders-and-trash', up: foldersAndTrash.up },
  { name: '0008-folder-totals', up: folderTotals.up },
  { name: '0009-versions', up: versions.up },
  { name: '0010-operations', up: operations.up },
  { name: '0011-trash', up: trash.up },
  { name: '0012-given-keys', up: givenKeys.up },
  { name: '0013-operation-files', up: operationFiles.up },
  { name: '0014-folded-names', up: foldedNames.up },
  { name: '0015-registered-by-themselves', up: registeredByThemselves.up },
  { name: '0016-events', up: events.up },
  { name: '0017-avatars', up: avatars.up },
  { name: '0018-quotas', up: quotas.up },
  { name: '0019-webhooks', up: webhooks.up },
  { name: '0020-quotas-reached', up: quotasReached.up },
  { name: '0021-content-check', up: contentCheck.up },
  { name: '0022-deletions', up: deletions.up },
  { name: '0023-operators', up: operators.up },
  { name: '0024-scans', up: scans.up },
];

/** PostgreSQL 14, as `server_version_num` writes it. */
const oldestServer = 140_000;
/** Any number that no other program locks in the same database. */
const migrationLock = 7_205_349_811;
const extensions = ['pg_trgm', 'btree_gin'] as const;

/**
 * Brings the database to what this version needs. Any number of processes may call it at once: an advisory lock lets
 * one do the work, and the others find it done.
 * @throws `common/unavailable` when the database cannot be reached, `common/internal-error` with a sentence for the
 * operator when it is too old, lacks an extension, or was written by a newer version
 * @param versions.before the name of a migration: only those before it are run, as the version before would
 */
export async function migrate(
  options: DatabaseOptions,
  versions: { readonly before?: string } = {},
): Promise<void> {
  // No time limits: a migration takes as long as the tables are large.
  const pool = openPool({ ...connectionOptions(options), max: 1, connectionTimeoutMillis: 5_000 });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const hasChanged = await db.transaction().execute(async (transaction) => {
      await requireServer(transaction);
      await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction);
      const done = await findDone(transaction);
      const missing = migrations.filter(
        ({ name }) => !done.includes(name) && (versions.before === undefined || name < versions.before),
      );
      for (const migration of missing) {
        await migration.up(transaction);
        await sql`insert into bkend.migrations (name) values (${migration.name})`.execute(transaction);
      }
      return done.length > 0 && missing.length > 0;
    });
    if (hasChanged) await endOlderSessions(db);
  } catch (error) {
    throw translateDatabaseError(error);
  } finally {
    await db.destroy();
  }
}

async function requireServer(db: Transaction<unknown>): Promise<void> {
  const { rows } = await sql<{ version: string; number: number }>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number
  `.execute(db);
  const server = rows[0];
  if (server !== undefined && server.number < oldestServer) {
    throw refusal(`The database is PostgreSQL ${server.version}; bkend-storage needs 14 or newer.`);
  }
}

/** Which migrations the database has seen; prepares an empty one for its first. */
async function findDone(db: Transaction<unknown>): Promise<string[]> {
  const found = await sql<{ exists: boolean }>`
    select to_regclass('bkend.migrations') is not null as exists
  `.execute(db);
  if (found.rows[0]?.exists !== true) {
    await createExtensions(db);
    await sql`create schema if not exists bkend`.execute(db);
    await sql`create table bkend.migrations (name text primary key, at timestamptz not null default now())`.execute(
      db,
    );
    return [];
  }
  const { rows } = await sql<{ name: string }>`select name from bkend.migrations order by name`.execute(db);
  const done = rows.map(({ name }) => name);
  const unknown = done.filter((name) => migrations.every((migration) => migration.name !== name));
  if (unknown.length > 0) {
    throw refusal(
      `The database was written by a newer bkend-storage (${unknown.join(', ')}). Start that version or a newer one.`,
    );
  }
  return done;
}

async function createExtensions(db: Transaction<unknown>): Promise<void> {
  for (const extension of extensions) {
    try {
      await sql`create extension if not exists ${sql.ref(extension)}`.execute(db);
    } catch (error) {
      throw refusal(
        `The database needs the PostgreSQL extension ${extension}, and it could not be created: ` +
          `${error instanceof Error ? error.message : error}. Have its administrator run "CREATE EXTENSION ${extension}" in it.`,
        error,
      );
    }
  }
}

function refusal(message: string, cause?: unknown): StorageError {
  return new StorageError('common/internal-error', message, { cause });
}
