import type { Config } from '../config/config.ts';
import { acquireLock, LockHeldError } from '../data-dir/lock.ts';
import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import type { Logger } from '../observability/logger.ts';
import type { Database } from '../postgres/database.ts';
import { openDatabase } from './backends.ts';

/** Gives a command the database for a while; the embedded one is started for it when the service does not run. */
export async function borrowDatabase(
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

/** @returns what stops the server; undefined when somebody else runs it */
async function ensureServer(config: Config, log: Logger): Promise<(() => Promise<void>) | undefined> {
  await prepareDataDir(config.dataDir);
  try {
    const lock = await acquireLock(config.dataDir, 'database');
    try {
      const { startDatabase } = await import('./database.ts');
      const server = await startDatabase(config, log);
      return async () => {
        await server.stop();
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
