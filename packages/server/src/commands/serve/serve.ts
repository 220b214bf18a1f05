import type { Config } from '../../config/config.ts';
import { readEnv } from '../../config/env.ts';
import { imagesSettings } from '../../config/images.ts';
import { roleEnvironment } from '../../config/role-environment.ts';
import { type RoleName, roleNames, roles } from '../../config/role-table.ts';
import { acquireLock, type Lock, LockHeldError } from '../../data-dir/own-files.ts';
import { prepareDataDir } from '../../data-dir/prepare-data-dir.ts';
import { readSecrets } from '../../data-dir/secrets.ts';
import { signedImageUrlSecret } from '../../roles/signing-secrets.ts';
import type { RoleOptions } from '../../supervisor/supervised-role.ts';
import { Supervisor } from '../../supervisor/supervisor.ts';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../command-errors.ts';
import { showBanner } from './banner.ts';
import { forkRole } from './fork-role.ts';
import { waitForPredecessors } from './predecessors.ts';

/** `serve [--only ROLE]`: runs the whole service, one process a role, or one role in this process. */
export async function serve(only: RoleName | undefined, context: CommandContext): Promise<void> {
  if (only === undefined) return serveAll(context);
  if (!hasRole(only, context.config)) throw new UsageError(roles[only].embedded?.refusal ?? '');
  const { runRole } = await import('./run-role.ts');
  await runRole(only, context);
}

/**
 * Starts every role, prints the banner when all are ready, and runs until a signal stops it.
 * @throws UsageError when the service already runs on this data directory, RoleFailedError when a role cannot start
 */
async function serveAll(context: CommandContext): Promise<void> {
  const { config, log } = context;
  await prepareDataDir(config.dataDir);
  const lock = await lockService(config.dataDir);
  try {
    await readSecrets(config.dataDir);
    const planned = roleNames.filter((name) => hasRole(name, config));
    await waitForPredecessors(planned, config, log);
    const supervisor = new Supervisor({
      stopOrder: await planRoles(planned, config),
      stopDelayMs: (config.shutdownDelaySeconds ?? 0) * 1000,
      log,
    });
    const stopped = new Promise<void>((resolve) =>
      watchSignals(supervisor, () => {
        log.info({ graceSeconds: config.shutdownGraceSeconds }, 'stopping; a second signal stops at once');
        resolve();
      }),
    );
    try {
      const isReady = await Promise.race([supervisor.ready().then(() => true), stopped.then(() => false)]);
      if (isReady) {
        const [keys, setupUrl] = await Promise.all([supervisor.ask('api'), supervisor.ask('console')]);
        showBanner(context, { keys, setupUrl });
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

/** The roles in groups, by the order in which they stop. */
async function planRoles(planned: readonly RoleName[], config: Config): Promise<RoleOptions[][]> {
  const given = readEnv();
  const env = {
    ...given,
    // Derived here, so that the images role needs none of the secrets that this one is derived from.
    BKEND_IMAGE_TICKET_SECRET: await signedImageUrlSecret(config),
    // The API role knows neither what other roles run nor the settings of images.
    [imagesSettings.publicAddresses.name]:
      given[imagesSettings.publicAddresses.name]?.trim() || String(!config.images.signedOnly),
  };
  const graceMs = config.shutdownGraceSeconds * 1000;
  return [1, 2, 3].map((step) =>
    planned
      .filter((name) => roles[name].stopStep === step)
      .map((name) => {
        const { stopMs } = roles[name];
        return {
          name,
          graceMs: stopMs === 'grace' ? graceMs : stopMs,
          hurriedGraceMs: stopMs === 'grace' ? 0 : stopMs,
          fork: () => forkRole(name, roleEnvironment(name, config, env)),
        };
      }),
  );
}

/** Whether there is such a role with these settings: they may name another database or object store. */
function hasRole(name: RoleName, config: Config): boolean {
  return (name !== 'database' && name !== 'objects') || config[name].kind === 'embedded';
}

/** Stops the PostgreSQL server of a database role that was killed while the service stopped. */
async function stopLeftovers({ database, dataDir }: Config): Promise<void> {
  if (database.kind !== 'embedded') return;
  const { stopLeftoverPostgres } = await import('../../postgres/embedded/find-embedded-database.ts');
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

/** npm forwards a Ctrl-C that the terminal has already sent to every process: one keypress, two signals. */
const sameKeypressMs = 500;

/** The first signal stops the service in order, a second one at once. */
function watchSignals(supervisor: Supervisor, onFirst: () => void): void {
  let firstAt: number | undefined;
  const handle = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      onFirst();
    } else if (performance.now() - firstAt > sameKeypressMs) {
      void supervisor.stop({ hurry: true });
    }
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  process.on('SIGHUP', handle);
}
