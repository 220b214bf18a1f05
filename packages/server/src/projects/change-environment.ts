import { isDeepStrictEqual } from 'node:util';
import { type EnvironmentAnswer, StorageError } from '@bkend/storage-contract';
import { type Caller, requireAdmin, requireScope } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Environment } from './environment.ts';
import {
  applySettingsChange,
  parseSettingsChange,
  settingsInForce,
  showSettings,
} from './environment-settings.ts';
import { beingDeleted } from './name-reuse.ts';
import type { EnvironmentRepository } from './ports.ts';
import type { ServiceDefaults } from './setting.ts';
import { tokenSourcesOf } from './token-source.ts';

export interface ProjectsDeps {
  readonly environments: EnvironmentRepository;
  readonly service: ServiceDefaults;
  readonly clock: () => Date;
  /** A new UUID. */
  readonly newId: () => string;
}

/**
 * The caller's environment with its settings.
 * @returns secrets masked
 * @throws `common/authentication-required`, `file/access-denied` for users who are not admins, `auth/scope-insufficient`
 */
export async function readEnvironment(deps: ProjectsDeps, caller: Caller): Promise<EnvironmentAnswer> {
  requireAdmin(caller);
  requireScope(caller, 'environment:read');
  return viewEnvironment(await getEnvironment(deps, caller.tenant), deps);
}

/**
 * Changes settings of the caller's environment; in force in every process within 5 s.
 * @param input settings by name; null resets to the default
 * @throws as {@link readEnvironment}, and `common/invalid-parameters` with every problem
 */
export async function updateEnvironment(
  deps: ProjectsDeps,
  caller: Caller,
  input: Readonly<Record<string, unknown>>,
): Promise<EnvironmentAnswer> {
  requireAdmin(caller);
  requireScope(caller, 'environment:write');
  return changeEnvironment(deps, caller.tenant, { input, by: 'admin' });
}

/**
 * Changes settings of an environment, for an operator or an authorised admin.
 * @throws `common/invalid-parameters` with every problem, `environment/deleting`
 */
export async function changeEnvironment(
  deps: ProjectsDeps,
  tenant: Tenant,
  { input, by }: { input: Readonly<Record<string, unknown>>; by: 'operator' | 'admin' },
): Promise<EnvironmentAnswer> {
  const current = await getEnvironment(deps, tenant);
  const { home, ...change } = parseSettingsChange(withoutEchoes(input, viewEnvironment(current, deps)), by);
  if (home === false || home === null) {
    throw new StorageError('common/invalid-parameters', 'Home is moved by setting home=true where it goes.', {
      details: { issues: [{ field: 'home', message: 'is moved by setting it to true elsewhere' }] },
    });
  }
  const changed = await deps.environments.change(tenant, ({ settings, isHome, deletingSince }) => {
    // Else home could be moved to an environment that goes away.
    if (deletingSince !== undefined) throw beingDeleted(tenant);
    const own = applySettingsChange(settings, change, deps.service);
    return {
      settings: own,
      tokenSources: tokenSourcesOf(own.tokens),
      ...(home === true && !isHome && { homeSince: deps.clock() }),
    };
  });
  return viewEnvironment(changed ?? current, deps);
}

/** The view of an environment for admins and operators. */
export function viewEnvironment(
  { tenant, createdAt, settings, isHome, openTokensUntil }: Environment,
  { service, clock }: Pick<ProjectsDeps, 'service' | 'clock'>,
): EnvironmentAnswer {
  return {
    environment: tenant,
    createdAt: createdAt.toISOString(),
    settings: showSettings(settingsInForce({ ...settings, home: isHome }, service)),
    ...(openTokensUntil !== undefined &&
      openTokensUntil > clock() && { openTokensUntil: openTokensUntil.toISOString() }),
  };
}

/**
 * Leaves out masked secrets and settings of the operator that are as the environment shows them, so that what `environments show`
 * and `GET /v1/environment` answer can be sent back. Sent back whole, it leaves every setting that is the default now a default.
 */
function withoutEchoes(
  input: Readonly<Record<string, unknown>>,
  { settings }: EnvironmentAnswer,
): Readonly<Record<string, unknown>> {
  const isWhole = Object.keys(settings).every((name) => Object.hasOwn(input, name));
  const isEcho = (name: string, value: unknown) =>
    (isWhole || name === 'tokens' || name === 'home') &&
    (isWhole || value !== null) &&
    isDeepStrictEqual(value, settings[name]);
  return Object.fromEntries(Object.entries(input).filter(([name, value]) => !isEcho(name, value)));
}

/** Finds the environment or creates it: processes of the first version create keys of tenants without an environment. */
async function getEnvironment(
  { environments, newId, clock }: ProjectsDeps,
  tenant: Tenant,
): Promise<Environment> {
  const found = await environments.find(tenant);
  if (found !== undefined) return found;
  await environments.create({ tenant, id: newId(), at: clock() });
  const made = await environments.find(tenant);
  if (made === undefined)
    throw new StorageError('common/unavailable', `${tenant} went away while it was read.`);
  return made;
}
