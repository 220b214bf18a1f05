import { join } from 'node:path';
import { postgresDirectory } from './find-embedded-database.ts';
import { findPostmaster, stopProcess } from './postmaster.ts';

/** Stops the embedded PostgreSQL of a data directory when it still runs after its last user has ended. */
export async function stopLeftoverPostgres(dataDir: string): Promise<void> {
  const postmaster = await findPostmaster(join(postgresDirectory(dataDir), 'cluster'));
  if (postmaster) await stopProcess(postmaster.pid);
}
