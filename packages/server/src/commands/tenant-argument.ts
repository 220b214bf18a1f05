import {
  environmentRule,
  isEnvironmentName,
  isProjectName,
  parseTenant,
  projectRule,
  type Tenant,
  tenantOf,
} from '../identity/tenant.ts';
import { UsageError } from './command-errors.ts';

/**
 * The tenant of `--project` and `--env`.
 * @throws UsageError naming the option whose value is not a valid name
 */
export function requireTenant(project: string, environment: string): Tenant {
  if (!isProjectName(project)) throw new UsageError(`--project ${projectRule}.`);
  if (!isEnvironmentName(environment)) throw new UsageError(`--env ${environmentRule}.`);
  return tenantOf(project, environment);
}

/**
 * Parses a tenant argument such as `shop/prod`.
 * @throws UsageError with the rules for both names
 */
export function parseTenantArgument(argument: string): Tenant {
  const tenant = parseTenant(argument);
  if (tenant === undefined) {
    throw new UsageError(
      `${JSON.stringify(argument)} is not a project and an environment such as shop/prod: the project ${projectRule}; the environment ${environmentRule}.`,
    );
  }
  return tenant;
}
