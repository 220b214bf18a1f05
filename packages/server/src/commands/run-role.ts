import { type RunningRole, startRole } from '../compose.ts';
import type { Config } from '../config/config.ts';
import type { RoleName } from '../config/role-name.ts';
import { acquireLock, type Lock, LockHeldError, waitForRelease } from '../data-dir/lock.ts';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import type { Logger } from '../observability/logger.ts';
import { joinSupervisor } from '../supervisor/supervision.ts';
import type { CommandContext } from './command.ts';
import { showBanner } from './show-banner.ts';
import { UsageError } from './usage-error.ts';

/** Those that keep data on this disk: there is one of each to a data directory, and they outlive the others. */
const keepers: readonly RoleName[] = ['database', 'objects'];

/** Who must be gone before a role may go, when nobody is left to say so. */
const clientsOf: Readonly<Record<RoleName, readonly RoleName[]>> = {
  database: ['api', 'images', 'jobs', 'objects'],
  objects: ['api', 'images', 'jobs'],
  api: [],
  images: [],
  jobs: [],
};

/** After a killed supervisor, its roles are still on their way out when the next comes. */
const predecessorWaitMs = 15_000;

/** The process has told its supervisor why it ends; there is nobody else to tell. */
export class ToldError extends Error {
  override readonly name = 'ToldError';
}

/** Runs one role in this process until a signal says to stop. A second signal ends it at once. */
export async function runRole(name: RoleName, context: CommandContext): Promise<void> {
  const { config, log } = context;
  const stopped = waitForSignal();
  const lock = keepers.includes(name) ? await lockRole(name, config, 0) : undefined;
  try {
    const role = await start(name, config, log);
    log.info({ url: role.url, operationsUrl: role.operationsUrl }, 'role ready');
    const keys = await role.createFirstKeys?.();
    if (keys) showBanner(context, keys);
    try {
      await Promise.race([stopped, failureOf(role.failure)]);
      log.info('stopping');
    } finally {
      await role.stop();
    }
  } finally {
    await lock?.release();
  }
}

/** Runs one role in this process until the supervisor says to stop or is gone. */
export async function runSupervisedRole(name: RoleName, { config, log }: CommandContext): Promise<void> {
  const supervisor = joinSupervisor();
  const stopped = supervisor.stopped.then(async (how) => {
    if (how === 'told') return;
    log.warn('the supervisor is gone; stopping');
    for (const client of clientsOf[name]) {
      await waitForRelease(config.dataDir, client, config.shutdownGraceSeconds * 1000);
    }
  });
  const lock = await lockRole(name, config, predecessorWaitMs);
  try {
    const starting = start(name, config, log);
    // What keeps data comes up before it goes down; the others have nothing to lose.
    const role = await (keepers.includes(name) ? starting : Promise.race([starting, stopped]));
    if (role === undefined) return;
    try {
      supervisor.onAsked(async () => role.createFirstKeys?.());
      const { url, operationsUrl } = role;
      await supervisor.tell({
        type: 'ready',
        ...(url !== undefined && { url }),
        ...(operationsUrl !== undefined && { operationsUrl }),
      });
      await Promise.race([stopped, failureOf(role.failure)]);
    } finally {
      await role.stop();
    }
  } catch (error) {
    log.error({ err: error }, 'role failed');
    await supervisor.tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    throw new ToldError();
  } finally {
    await lock.release();
  }
}

/** @throws an error with a sentence for the operator */
async function start(name: RoleName, config: Config, log: Logger): Promise<RunningRole> {
  try {
    return await startRole(name, config, log);
  } catch (error) {
    throw portTaken(name, error) ?? error;
  }
}

function portTaken(name: RoleName, error: unknown): Error | undefined {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'listen' && 'code' in error)) {
    return undefined;
  }
  const where = 'address' in error && 'port' in error ? `port ${error.port} of ${error.address}` : 'its port';
  const variable = `BKEND_${name.toUpperCase()}_PORT`;
  const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
  return new Error(
    `The ${name} role cannot listen on ${where}: ${why}. Set ${variable} or BKEND_HOST to another.`,
    {
      cause: error,
    },
  );
}

async function lockRole(name: RoleName, { dataDir }: Config, waitMs: number): Promise<Lock> {
  await prepareDataDir(dataDir);
  return acquireLock(dataDir, name, { waitMs }).catch((error: unknown) => {
    if (!(error instanceof LockHeldError)) throw error;
    throw new UsageError(
      `The ${name} role still runs on ${dataDir}, as process ${error.pid}: start again when it has ended.`,
    );
  });
}

async function failureOf(failure: Promise<Error> | undefined): Promise<never> {
  if (failure === undefined) return new Promise(() => {});
  throw await failure;
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
