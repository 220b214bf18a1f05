import type { Config } from './config/config.ts';
import type { RoleName } from './config/role-name.ts';
import type { Logger } from './observability/logger.ts';
import type { RunningRole } from './roles/role.ts';

export type { RunningRole } from './roles/role.ts';

/**
 * Puts a role together and starts it; resolves when it can serve. Each process runs one role, and most of a start is
 * loading code: so a role's file is imported only where the role runs.
 */
export async function startRole(name: RoleName, config: Config, log: Logger): Promise<RunningRole> {
  switch (name) {
    case 'database':
      return (await import('./roles/database.ts')).startDatabase(config, log);
    case 'objects':
      return (await import('./roles/objects.ts')).startObjects(config, log);
    case 'api':
      return (await import('./roles/api.ts')).startApi(config, log);
    case 'images':
      return (await import('./roles/images.ts')).startImages(config, log);
    case 'jobs':
      return (await import('./roles/jobs.ts')).startJobs(config, log);
  }
}
