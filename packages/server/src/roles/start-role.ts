import type { Config } from '../config/config.ts';
import type { RoleName } from '../config/role-table.ts';
import type { Logger } from '../observability/logger.ts';
import type { RunningRole, StartRole } from './role.ts';

/** Code of each role. A process runs one, and most of a start is loading code: so each is imported where it runs only. */
const load: Readonly<Record<RoleName, () => Promise<StartRole>>> = {
  database: async () => (await import('./database.ts')).startDatabase,
  objects: async () => (await import('./objects.ts')).startObjects,
  api: async () => (await import('./api.ts')).startApi,
  images: async () => (await import('./images.ts')).startImages,
  console: async () => (await import('./console.ts')).startConsole,
  jobs: async () => (await import('./jobs.ts')).startJobs,
};

/**
 * Starts a role of the table in `config/role-table.ts`; resolves when it can serve.
 * @throws an error with a sentence for the operator
 */
export async function startRole(name: RoleName, config: Config, log: Logger): Promise<RunningRole> {
  const start = await load[name]();
  return start(config, log);
}
