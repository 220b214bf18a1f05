import type { Config } from '../config/config.ts';
import { acquireLock, LockHeldError } from '../data-dir/own-files.ts';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import type { Logger } from '../observability/logger.ts';
import type { Database } from '../postgres/database/database.ts';
import { openDatabase } from './backends.ts';
import { requireDataDir } from './require-service.ts';

/**
 * Runs a command with the database open. The embedded one is started for it where the service does not run.
 * @throws ConfigError where the embedded one has no data directory
 */
export async function withDatabase(
  config: Config,
  log: Logger,
  use: (database: Database) => Promise<void>,
): Promise<void> {
  const stopServer = config.database.kind === 'embedded' ? await ensureServer(config, log) : undefined;
  try {
    const database = await openDatabase(config, 'command');
    try {
      await use(database);
    } finally {
      await database[Symbol.asyncDispose]();
    }
  } finally {
    await stopServer?.();
  }
}

/** @returns a function that stops the server; undefined where another process runs it */
async function ensureServer(config: Config, log: Logger): Promise<(() => Promise<void>) | undefined> {
  await requireDataDir(config.dataDir);
  await prepareDataDir(config.dataDir);
  try {
    const lock = await acquireLock(config.dataDir, 'database');
    try {
      const { startDatabase } = await import('./database.ts');
      const server = await startDatabase(config, log);
      return async () => {
        await server.stop(0);
        await lock.release();
      };
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof LockHeldError) return undefined;
    throw error;
  }
}
