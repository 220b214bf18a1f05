import { prepareDataDir } from '../data-dir/prepare-data-dir.ts';
import { startEmbeddedPostgres } from '../postgres/embedded/embedded-postgres.ts';
import type { StartRole } from './role.ts';

/** Starts the embedded PostgreSQL. */
export const startDatabase: StartRole = async ({ dataDir }, log) => {
  await prepareDataDir(dataDir);
  const server = await startEmbeddedPostgres({ dataDir, log });
  return { failure: server.failure, stop: async () => server[Symbol.asyncDispose]() };
};
