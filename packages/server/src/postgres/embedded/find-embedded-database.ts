import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readSecrets } from '../../data-dir/secrets.ts';
import { loopback } from './port.ts';
import { findPostmaster, stopProcess } from './postmaster.ts';
import { databaseName, serviceRole } from './service-role.ts';

/** The folder of the embedded PostgreSQL in a data directory. */
export function postgresDirectory(dataDir: string): string {
  return join(dataDir, 'postgres');
}

export function databaseUrl(port: number, password: string): string {
  return `postgres://${serviceRole}:${password}@${loopback}:${port}/${databaseName}`;
}

/** The URL of the embedded PostgreSQL that runs on this data directory; undefined when none runs. */
export async function findEmbeddedDatabaseUrl(dataDir: string): Promise<string | undefined> {
  const postmaster = await findPostmaster(join(postgresDirectory(dataDir), 'cluster'));
  if (!postmaster?.isReady) return undefined;
  const { postgresPassword } = await readSecrets(dataDir);
  return databaseUrl(postmaster.port, postgresPassword);
}

/** Whether an embedded PostgreSQL has ever run on this data directory. */
export async function hasEmbeddedDatabase(dataDir: string): Promise<boolean> {
  return access(join(dataDir, 'postgres')).then(
    () => true,
    () => false,
  );
}

/** Stops the embedded PostgreSQL of a data directory when it still runs after its last user has ended. */
export async function stopLeftoverPostgres(dataDir: string): Promise<void> {
  const postmaster = await findPostmaster(join(postgresDirectory(dataDir), 'cluster'));
  if (postmaster) await stopProcess(postmaster.pid);
}
