import {
  environmentRule,
  isEnvironmentName,
  isProjectName,
  parseTenant,
  projectRule,
  type Tenant,
  tenantOf,
} from '../identity/tenant.ts';
import { UsageError } from './usage-error.ts';

/**
 * The tenant that `--project` and `--env` name.
 * @throws UsageError naming the option that no project or environment may be called by
 */
export function requireTenant(project: string, environment: string): Tenant {
  if (!isProjectName(project)) throw new UsageError(`--project ${projectRule}.`);
  if (!isEnvironmentName(environment)) throw new UsageError(`--env ${environmentRule}.`);
  return tenantOf(project, environment);
}

/**
 * The tenant that a word such as `shop/prod` names.
 * @throws UsageError saying what would be right
 */
export function readTenant(word: string): Tenant {
  const tenant = parseTenant(word);
  if (tenant === undefined) {
    throw new UsageError(
      `${JSON.stringify(word)} is not a project and an environment such as shop/prod: the project ${projectRule}; the environment ${environmentRule}.`,
    );
  }
  return tenant;
}
