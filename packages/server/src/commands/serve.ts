import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Config } from '../config/config.ts';
import { type Env, readEnv } from '../config/env.ts';
import { roleEnvironment } from '../config/role-environment.ts';
import type { RoleName } from '../config/role-name.ts';
import { acquireLock, type Lock, LockHeldError } from '../data-dir/lock.ts';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import { imageTicketSecret } from '../roles/image-ticket-secret.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import type { CommandContext } from './command.ts';
import { showBanner } from './show-banner.ts';
import { watchSignals } from './signals.ts';
import { supervisedWords } from './supervised-words.ts';
import { UsageError } from './usage-error.ts';

/** `serve [--only ROLE]`: runs the whole service, one process a role, or one role in this process. */
export async function serve(only: RoleName | undefined, context: CommandContext): Promise<void> {
  if (only === undefined) return serveAll(context);
  requireRole(only, context.config);
  const { runRole } = await import('./run-role.ts');
  await runRole(only, context);
}

/**
 * Starts every role, prints the banner when all are ready, and stays until told to stop.
 * @throws UsageError when the service already runs on this data directory, RoleFailedError when a role cannot start
 */
async function serveAll(context: CommandContext): Promise<void> {
  const { config, log } = context;
  await prepareDataDir(config.dataDir);
  const lock = await lockService(config.dataDir);
  try {
    await readSecrets(config.dataDir);
    // The images role needs none of the secrets that this one is derived from.
    const derived = { BKEND_IMAGE_TICKET_SECRET: await imageTicketSecret(config) };
    const supervisor = new Supervisor({ stopOrder: planRoles(config, { ...readEnv(), ...derived }), log });
    const stopped = new Promise<void>((resolve) =>
      watchSignals(supervisor, () => {
        log.info(
          { graceSeconds: config.shutdownGraceSeconds },
          'stopping; a second signal does so in a hurry',
        );
        resolve();
      }),
    );
    try {
      const isReady = await Promise.race([supervisor.ready().then(() => true), stopped.then(() => false)]);
      if (isReady) {
        showBanner(context, await supervisor.ask('api'));
        await stopped;
      }
    } finally {
      await supervisor.stop();
      await stopLeftovers(config);
    }
  } finally {
    await lock.release();
  }
}

/** Those that take requests first, what they stand on afterwards. */
function planRoles(config: Config, env: Env) {
  const graceMs = config.shutdownGraceSeconds * 1000;
  const plan = (name: RoleName, grace = { graceMs, hurriedGraceMs: 0 }) => ({
    name,
    ...grace,
    fork: () => forkRole(name, { ...memoryAndThreads(name), ...roleEnvironment(name, config, env) }),
  });
  return [
    [plan('api'), plan('images'), plan('jobs')],
    config.objects.kind === 'embedded' ? [plan('objects')] : [],
    // PostgreSQL is never cut short: its role ends it in steps of its own, the last of which is not gentle.
    config.database.kind === 'embedded'
      ? [plan('database', { graceMs: 40_000, hurriedGraceMs: 40_000 })]
      : [],
  ];
}

const MiB = 1024 * 1024;

/** Libuv fixes the number of its threads when it starts: two for each core that pictures are made on, and some for files. */
const threadsForImages = String(2 * availableParallelism() + 2);

/**
 * How the C library keeps what a picture has used for the next one. By itself it gives blocks of more than 128 KiB back to the
 * kernel at once and is given them anew, zeroed page by page: a twentieth of the work on an AVIF. Other C libraries do
 * not heed these.
 */
const memoryForImages = { MALLOC_MMAP_THRESHOLD_: String(8 * MiB), MALLOC_TRIM_THRESHOLD_: String(16 * MiB) };

/**
 * Below so many MiB V8 does not search the old part of its heap for garbage. What pictures take beside the heap counts as well,
 * and with a heap as small as this role's, V8 would look through all of it for every second or third photograph that is read.
 * An option of V8's, not of Node's: a version that does not know it does not start.
 */
const heapForImages = '--initial-old-space-size=128';

/** What only this role's process is set up with; what the operator has set wins. */
function memoryAndThreads(name: RoleName): Env {
  return name === 'images' ? { UV_THREADPOOL_SIZE: threadsForImages, ...memoryForImages } : {};
}

function forkRole(name: RoleName, env: Env) {
  const [, entry = ''] = process.argv;
  return fork(entry, supervisedWords(name), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env,
    execArgv: name === 'images' ? [heapForImages, ...process.execArgv] : process.execArgv,
  });
}

/** A database role that was killed while the service stopped has left its server behind. */
async function stopLeftovers({ database, dataDir }: Config): Promise<void> {
  if (database.kind !== 'embedded') return;
  const { stopLeftoverPostgres } = await import('../postgres/embedded/stop-leftover-postgres.ts');
  await stopLeftoverPostgres(dataDir);
}

async function lockService(dataDir: string): Promise<Lock> {
  try {
    return await acquireLock(dataDir, 'serve');
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new UsageError(
      `bkend-storage already runs on ${dataDir}, as process ${error.pid}. Stop it, or set BKEND_DATA_DIR to another directory.`,
    );
  }
}

/** @throws UsageError when there is no such role with these settings */
function requireRole(name: RoleName, config: Config): void {
  if (name === 'database' && config.database.kind !== 'embedded') {
    throw new UsageError('--only database runs the embedded PostgreSQL, but DATABASE_URL names another.');
  }
  if (name === 'objects' && config.objects.kind !== 'embedded') {
    throw new UsageError('--only objects runs the embedded store, but S3_BUCKET names a bucket elsewhere.');
  }
}
