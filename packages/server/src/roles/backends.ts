import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '@bkend/storage-contract';
import type { Config } from '../config/config.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import { readTokenMaster } from '../data-dir/token-master.ts';
import type { ObjectStore } from '../files/object-store.ts';
import type { Logger } from '../observability/logger.ts';
import { Database } from '../postgres/database.ts';
import { findEmbeddedDatabaseUrl } from '../postgres/embedded/embedded-database-url.ts';
import { migrate } from '../postgres/migrate.ts';
import { applicationName } from '../postgres/older-processes.ts';
import type { ServiceTokens } from '../projects/environment-tokens.ts';
import type { Origins } from '../projects/origins.ts';
import { openObjectStore } from '../s3/open-object-store.ts';

/** How long a role waits for the database and the store to come up before it says that they do not. */
const patienceMs = 30_000;
const pauseMs = 25;

/**
 * The database, reachable and migrated.
 * @throws an error with a sentence for the operator
 */
export async function openDatabase(config: Config, role: string): Promise<Database> {
  const options = await untilItWorks(async () => {
    const url = await databaseUrl(config);
    const options = { url, applicationName: applicationName(role) };
    await migrate(options);
    return options;
  }).catch((error) => Promise.reject(explainDatabase(config, error)));
  return new Database(options);
}

/** Clients are not told what the driver says; an operator has to be. */
function explainDatabase({ database }: Config, error: unknown): unknown {
  if (database.kind !== 'external' || !(error instanceof StorageError)) return error;
  const { cause } = error;
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : codeOf(cause);
  if (reason === undefined) return error;
  const { host } = new URL(database.url);
  return new Error(`The database at ${host} (DATABASE_URL) cannot be used: ${reason}`, { cause: error });
}

/** Several addresses tried in vain come as an error without words, but with a code. */
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

/** The object store; whether its bucket is there shows with the first thing asked of it. */
export async function openObjects(config: Config, log: Logger): Promise<ObjectStore & AsyncDisposable> {
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
  if (objects.kind === 'embedded') await untilItWorks(() => requireListening(objects.endpoint));
  return store;
}

/**
 * As {@link openObjects}, the bucket made and opened to browsers where it was not: for the one role that sees to it. The
 * embedded store does so by itself, so that nobody waits for the S3 client to load.
 */
export async function openReadyObjects(
  config: Config,
  log: Logger,
  findOrigins: () => Promise<Origins>,
): Promise<ObjectStore & AsyncDisposable> {
  const store = await openObjects(config, log);
  if (config.objects.kind === 's3') {
    const origins = await findOrigins();
    await untilItWorks(() => store.ensureBucket(origins));
  }
  return store;
}

/** How environments without settings of their own verify access tokens, the generated secrets filled in. */
export async function serviceTokens({ tokens, dataDir }: Config): Promise<ServiceTokens> {
  const { issuer, audience } = tokens;
  const claims = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) };
  if (tokens.kind === 'generated') {
    const [master, { jwtSecret }] = await Promise.all([readTokenMaster(dataDir), readSecrets(dataDir)]);
    return { ...claims, kind: 'generated', master, firstSecret: jwtSecret };
  }
  if (tokens.kind === 'jwks') {
    return { kind: 'shared', verifications: [{ ...claims, kind: 'jwks', url: tokens.url }] };
  }
  const secrets = [tokens.secret, tokens.previousSecret].filter((secret) => secret !== undefined);
  return {
    kind: 'shared',
    verifications: secrets.map((secret) => ({ ...claims, kind: 'secret', secret })),
  };
}

/** Tries until it works or patience is at its end; then throws what went wrong last. */
async function untilItWorks<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}

/**
 * Cheaper to ask again than the S3 client, which pauses between its own attempts; and than `fetch`, which takes longer to
 * load than the store to start.
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

function isPassing(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'common/unavailable' && !isRefusal(error.cause);
}

/** The server is up and does not let us in, or has no such database (classes 28 and 3D of SQLSTATE): waiting is in vain. */
function isRefusal(cause: unknown): boolean {
  return /^(?:28|3D)/.test(codeOf(cause) ?? '');
}
