import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { type RoleName, roles, stopsAfter } from '../../config/role-table.ts';
import { acquireLock, type Lock, LockHeldError, waitForRelease } from '../../data-dir/own-files.ts';
import { prepareDataDir } from '../../data-dir/prepare-data-dir.ts';
import type { Logger } from '../../observability/logger.ts';
import type { RunningRole } from '../../roles/role.ts';
import { startRole } from '../../roles/start-role.ts';
import { joinSupervisor } from '../../supervisor/join-supervisor.ts';
import type { CommandContext } from '../command-context.ts';
import { ReportedError, UsageError } from '../command-errors.ts';
import { showBanner } from './banner.ts';
import { predecessorWaitMs } from './predecessors.ts';

/** Seconds in which load balancers notice that a role alone in its process is about to stop. */
const defaultDelaySeconds = 5;

/** Time for a role to release the database and the store after its last request. */
const closingMs = 2000;

/** Without a supervisor: requests in progress are cut after this time, so that the next start finds the ports free. */
const orphanDrainMs = 3000;

/** Runs one role in this process until a signal stops it. A second signal ends the process at once. */
export async function runRole(name: RoleName, context: CommandContext): Promise<void> {
  const { config, log } = context;
  const stopped = waitForSignal();
  const lock = roles[name].embedded ? await lockRole(name, config, 0) : undefined;
  try {
    const role = await start(name, config, log);
    log.info({ url: role.url, operationsUrl: role.operationsUrl }, 'role ready');
    const keys = await role.createFirstKeys?.();
    const setupUrl = await role.createSetupUrl?.();
    if (keys || setupUrl) showBanner(context, { keys, setupUrl });
    try {
      await Promise.race([stopped, failureOf(role.failure)]);
      log.info('stopping');
      if (role.announceStop) {
        role.announceStop();
        await sleep((config.shutdownDelaySeconds ?? defaultDelaySeconds) * 1000);
      }
    } finally {
      await role.stop(drainMs(config));
    }
  } finally {
    await lock?.release();
  }
}

/** Runs one role in this process until the supervisor stops it or is gone. */
export async function runSupervisedRole(name: RoleName, { config, log }: CommandContext): Promise<void> {
  const supervisor = joinSupervisor();
  const stopped = supervisor.stopped.then(async (cause) => {
    if (cause === 'stop') return drainMs(config);
    log.warn('the supervisor is gone; stopping');
    for (const other of stopsAfter(name)) await waitForRelease(config.dataDir, other, predecessorWaitMs);
    endInTime(name);
    return orphanDrainMs;
  });
  const { stopMs } = roles[name];
  const lock = await lockRole(name, config, predecessorWaitMs + (stopMs === 'grace' ? 0 : stopMs));
  try {
    const starting = start(name, config, log);
    // A role that keeps data finishes its start before it stops; the others have nothing to lose.
    const role = await (roles[name].embedded
      ? starting
      : Promise.race([starting, stopped.then(() => undefined)]));
    if (role === undefined) return;
    let drain = 0;
    try {
      supervisor.onAsked(async () => (await role.createFirstKeys?.()) ?? role.createSetupUrl?.());
      supervisor.onStopAnnounced(() => role.announceStop?.());
      const { url, operationsUrl } = role;
      await supervisor.send({
        type: 'ready',
        ...(url !== undefined && { url }),
        ...(operationsUrl !== undefined && { operationsUrl }),
      });
      drain = await Promise.race([stopped, failureOf(role.failure)]);
    } finally {
      await role.stop(drain);
    }
  } catch (error) {
    log.error({ err: error }, 'role failed');
    await supervisor.send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    throw new ReportedError();
  } finally {
    await lock.release();
  }
}

/** Time for requests in progress to end, so that the role has ended when its grace period is over. */
function drainMs({ shutdownGraceSeconds }: Config): number {
  const graceMs = shutdownGraceSeconds * 1000;
  return Math.max(graceMs - closingMs, graceMs / 2);
}

/** No supervisor kills an orphan that does not stop: it ends itself. PostgreSQL is never cut short. */
function endInTime(name: RoleName): void {
  if (roles[name].stopMs !== 'grace') return;
  setTimeout(() => process.exit(1), orphanDrainMs + 2 * closingMs).unref();
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
    { cause: error },
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
