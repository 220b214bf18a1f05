import { createNoticedCache } from '../identity/noticed-cache.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Environment } from './environment.ts';
import { settingsInForce } from './environment-settings.ts';
import type { EnvironmentNotices, EnvironmentRepository, FindSettings } from './ports.ts';
import type { ServiceDefaults } from './setting.ts';
import type { EnvironmentSettings } from './settings-table.ts';

export interface EnvironmentCache extends AsyncDisposable {
  /** Undefined for a tenant that is no environment of this installation. */
  readonly find: (tenant: Tenant) => Promise<Environment | undefined>;
  readonly findSettings: FindSettings;
  /** The settings that are remembered at this moment; undefined where they have to be looked up. */
  readonly peekSettings: (tenant: Tenant) => EnvironmentSettings | undefined;
  /** Forgets all: after a change that was made by this process. */
  readonly forget: () => void;
  /** All origins that environments allow by settings of their own; `*` among them where one allows all. */
  readonly findOrigins: () => Promise<ReadonlySet<string>>;
}

type Remembered =
  | { readonly environment: Environment | undefined; readonly settings: EnvironmentSettings }
  | { readonly origins: ReadonlySet<string> };

/** No tenant has this name: it has no slash. */
const originsName = 'origins';

/**
 * Environments remembered between requests; all are forgotten when one of them changes anywhere.
 * @param options the defaults of the service, and `unheardForMs` as of `createNoticedCache`
 */
export async function createEnvironmentCache(
  repository: Pick<EnvironmentRepository, 'find' | 'listOrigins'>,
  notices: EnvironmentNotices,
  options: ServiceDefaults & { readonly unheardForMs?: number },
): Promise<EnvironmentCache> {
  const { unheardForMs = 0, ...service } = options;
  const cache = await createNoticedCache<Remembered>(
    async (name) => {
      if (name === originsName) return { origins: new Set(await repository.listOrigins()) };
      // Every other name is a tenant's.
      const environment = await repository.find(name as Tenant);
      return { environment, settings: settingsInForce(ownSettings(environment), service) };
    },
    notices,
    { unheardForMs },
  );
  const findTenant = async (tenant: Tenant) => {
    const found = await cache.find(tenant);
    if (found === undefined || 'origins' in found) throw new Error(`${tenant} is no tenant.`);
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
    forget: cache.forget,
    [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose](),
  };
}

/** `home` is not stored among the settings: it belongs to one environment at a time. */
function ownSettings(environment: Environment | undefined) {
  return environment === undefined ? {} : { ...environment.settings, home: environment.isHome };
}
