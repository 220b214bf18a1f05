import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/settings.ts';
import { findDataDir } from '../data-dir/prepare-data-dir.ts';
import { findEmbeddedDatabaseUrl } from '../postgres/embedded/find-embedded-database.ts';

/**
 * Requires a running service for a command that needs database and object store: without one it would only wait for them.
 * @throws ConfigError where one of the two is embedded and there is no data directory; an error with a sentence for the operator
 */
export async function requireService({ database, objects, dataDir }: Config): Promise<void> {
  if (database.kind === 'embedded' || objects.kind === 'embedded') await requireDataDir(dataDir);
  if (database.kind === 'embedded' && (await findEmbeddedDatabaseUrl(dataDir)) === undefined) {
    throw new Error(`The service does not run on ${dataDir}; start it with "bkend-storage serve".`);
  }
}

/**
 * Requires a data directory for a command beside `serve`, which alone creates one: in a wrong folder a command would otherwise make
 * another, with data of its own.
 * @throws ConfigError naming BKEND_DATA_DIR
 */
export async function requireDataDir(path: string): Promise<void> {
  const state = await findDataDir(path);
  if (state === 'found') return;
  const fault = state === 'missing' ? 'does not exist' : 'is not a data directory of the service';
  const message = `${path} ${fault}. Run the command in the folder of "bkend-storage serve", which creates it, or name its data directory.`;
  throw new ConfigError([{ variable: 'BKEND_DATA_DIR', message }]);
}
