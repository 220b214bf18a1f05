import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Origins, StorageError } from '@bkend/storage-contract';
import type { Config } from '../config/config.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import type { Logger } from '../observability/logger.ts';
import { Database } from '../postgres/database/database.ts';
import { applicationName } from '../postgres/database/older-processes.ts';
import { findEmbeddedDatabaseUrl } from '../postgres/embedded/find-embedded-database.ts';
import { createQuotaReachedEvents } from '../postgres/events/quota-reached.ts';
import { raiseTransactionOffset } from '../postgres/events/raise-transaction-offset.ts';
import { migrate } from '../postgres/migrations/migrate.ts';
import { type OpenedObjectStore, openObjectStore } from '../s3/open-object-store.ts';

/** Time for the database and the object store to come up, after which the start of a role fails. */
const timeoutMs = 30_000;
const retryPauseMs = 25;

/**
 * Opens the database, reachable and migrated.
 * @param role name of the sessions in `pg_stat_activity`
 * @throws an error with a sentence for the operator
 */
export async function openDatabase(config: Config, role: string): Promise<Database> {
  const options = await retry(async () => {
    const url = await databaseUrl(config);
    const options = { url, applicationName: applicationName(role) };
    await migrate(options);
    return options;
  }).catch((error) => Promise.reject(explainDatabase(config, error)));
  const database: Database = new Database({
    ...options,
    onQuotaReached: (reached) => void recordReached(reached).catch(() => undefined),
  });
  const recordReached = createQuotaReachedEvents(database);
  await raiseTransactionOffset(database);
  return database;
}

/** Adds the driver's message, which clients never see and the operator needs. */
function explainDatabase({ database }: Config, error: unknown): unknown {
  if (database.kind !== 'external' || !(error instanceof StorageError)) return error;
  const { cause } = error;
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : codeOf(cause);
  if (reason === undefined) return error;
  const { host } = new URL(database.url);
  return new Error(`The database at ${host} (DATABASE_URL) cannot be used: ${reason}`, { cause: error });
}

/** An AggregateError of several addresses has no message, but a code. */
function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}

async function databaseUrl(config: Config): Promise<string> {
  if (config.database.kind === 'external') return config.database.url;
  const url = await findEmbeddedDatabaseUrl(config.dataDir);
  if (url === undefined) {
    throw new StorageError(
      'common/unavailable',
      'The embedded database is not running; "bkend-storage serve" runs it.',
    );
  }
  return url;
}

/** Opens the object store. Whether its bucket exists shows with the first request. */
export async function openObjects(config: Config, log: Logger): Promise<OpenedObjectStore> {
  const { objects } = config;
  const store = openObjectStore({
    endpoint: objects.endpoint,
    publicEndpoint: objects.publicUrl,
    region: objects.region,
    bucket: objects.bucket,
    forcePathStyle: objects.forcePathStyle,
    copiesByReference: objects.kind === 'embedded',
    credentials:
      objects.kind === 's3' ? objects.credentials : (await readSecrets(config.dataDir)).storeCredentials,
    clock: () => new Date(),
    warn: (message, cause) => log.warn({ err: cause }, message),
  });
  if (objects.kind === 'embedded') await retry(() => requireListening(objects.endpoint));
  return store;
}

/**
 * As {@link openObjects}; also creates the bucket and its CORS rule where they are missing. For the API, the one role that does
 * so. The embedded store does it by itself, without waiting for the S3 client to load.
 */
export async function openReadyObjects(
  config: Config,
  log: Logger,
  findOrigins: () => Promise<Origins>,
): Promise<OpenedObjectStore> {
  const store = await openObjects(config, log);
  if (config.objects.kind === 's3') {
    const origins = await findOrigins();
    await retry(() => store.ensureBucket(origins));
  }
  return store;
}

/** Retries while the backend is unavailable, for 30 seconds; then throws the last error. */
async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || performance.now() > deadline) throw error;
      await sleep(retryPauseMs);
    }
  }
}

/**
 * Fails unless the store answers. Not by the S3 client, which pauses between its own retries, nor by `fetch`, which takes longer
 * to load than the store to start.
 */
async function requireListening(endpoint: string): Promise<void> {
  try {
    const [response] = await once(get(`${endpoint}/health/live`), 'response');
    response.resume();
  } catch (cause) {
    throw new StorageError('common/unavailable', `The object store at ${endpoint} does not answer.`, {
      cause,
    });
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'common/unavailable' && !isRefusal(error.cause);
}

/** PostgreSQL is up and refuses the login, or has no such database (SQLSTATE classes 28 and 3D): a retry cannot help. */
function isRefusal(cause: unknown): boolean {
  return /^(?:28|3D)/.test(codeOf(cause) ?? '');
}
