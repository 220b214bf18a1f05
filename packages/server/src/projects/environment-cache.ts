import { createNotifiedCache } from '../identity/notified-cache.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Environment } from './environment.ts';
import { settingsInForce } from './environment-settings.ts';
import type { EnvironmentNotifications, EnvironmentRepository, FindSettings } from './ports.ts';
import type { ServiceDefaults } from './setting.ts';
import type { EnvironmentSettings } from './settings-table.ts';

export interface EnvironmentCache extends AsyncDisposable {
  /** Undefined for a tenant that is not an environment of this installation. */
  readonly find: (tenant: Tenant) => Promise<Environment | undefined>;
  readonly findSettings: FindSettings;
  /** The cached settings; undefined where they have to be looked up. */
  readonly peekSettings: (tenant: Tenant) => EnvironmentSettings | undefined;
  /** Invalidates all: after a change by this process. */
  readonly invalidate: () => void;
  /** The origins that environments allow by their own settings; includes `*` where one allows all. */
  readonly findOrigins: () => Promise<ReadonlySet<string>>;
}

type Cached =
  | { readonly environment: Environment | undefined; readonly settings: EnvironmentSettings }
  | { readonly origins: ReadonlySet<string> };

/** The cache's name for the origins; names of tenants have a slash. */
const originsName = 'origins';

/**
 * Caches environments between requests; a notification of a change invalidates all.
 * @param options the service's defaults, and `maxAgeWithoutNotificationsMs` of `createNotifiedCache`
 */
export async function createEnvironmentCache(
  repository: Pick<EnvironmentRepository, 'find' | 'listOrigins'>,
  notifications: EnvironmentNotifications,
  options: ServiceDefaults & { readonly maxAgeWithoutNotificationsMs?: number },
): Promise<EnvironmentCache> {
  const { maxAgeWithoutNotificationsMs = 0, ...service } = options;
  const cache = await createNotifiedCache<Cached>(
    async (name) => {
      if (name === originsName) return { origins: new Set(await repository.listOrigins()) };
      // Every other name is that of a tenant.
      const environment = await repository.find(name as Tenant);
      return { environment, settings: settingsInForce(ownSettings(environment), service) };
    },
    notifications,
    { maxAgeWithoutNotificationsMs },
  );
  const findTenant = async (tenant: Tenant) => {
    const found = await cache.find(tenant);
    if (found === undefined || 'origins' in found) throw new Error(`"${tenant}" is not a tenant.`);
    return found;
  };
  return {
    find: async (tenant) => (await findTenant(tenant)).environment,
    findSettings: async (tenant) => (await findTenant(tenant)).settings,
    peekSettings: (tenant) => {
      const known = cache.peek(tenant);
      return known === undefined || 'origins' in known ? undefined : known.settings;
    },
    async findOrigins() {
      const found = await cache.find(originsName);
      return found !== undefined && 'origins' in found ? found.origins : new Set();
    },
    invalidate: cache.invalidate,
    [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose](),
  };
}

/** `home` is not stored among the settings: it belongs to one environment at a time. */
function ownSettings(environment: Environment | undefined) {
  return environment === undefined ? {} : { ...environment.settings, home: environment.isHome };
}
