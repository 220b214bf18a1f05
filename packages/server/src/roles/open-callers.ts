import type { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { createApiKeyCache } from '../identity/api-key-cache.ts';
import { type AuthenticateDeps, authenticate, type Credentials } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import { createJwtCheck } from '../identity/check-jwt.ts';
import { createFirstApiKeys } from '../identity/create-api-key.ts';
import { createKeyUses } from '../identity/key-uses.ts';
import { type VerifyDeps, verifyAccessToken } from '../identity/verify-access-token.ts';
import type { Logger } from '../observability/logger.ts';
import { createOpenTokenMetrics } from '../observability/metrics.ts';
import type { Database } from '../postgres/database/database.ts';
import { createApiKeyRepository } from '../postgres/keys/api-key-repository.ts';
import { createKeyNotifications } from '../postgres/notifications.ts';
import type { EnvironmentCache } from '../projects/environment-cache.ts';
import { createTokenRules, type ServiceTokens } from '../projects/environment-tokens.ts';
import { beingDeleted } from '../projects/name-reuse.ts';
import type { EnvironmentRepository } from '../projects/ports.ts';
import type { FirstKeys } from './role.ts';

export interface CallersOptions {
  readonly database: Database;
  readonly environments: EnvironmentCache;
  readonly environmentRepository: EnvironmentRepository;
  /** Verification of access tokens in environments without settings of their own. */
  readonly tokens: ServiceTokens;
  readonly registry: Registry;
  readonly log: Logger;
}

export interface Callers extends AsyncDisposable {
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  /** Creates the first two keys of an installation that has none. */
  readonly createFirstKeys: () => Promise<FirstKeys | undefined>;
}

const clock = () => new Date();

/** Opens what authenticates callers: API keys, access tokens and the notes of when a key was last used. */
export async function openCallers(options: CallersOptions): Promise<Callers> {
  const { database, environments, environmentRepository, tokens, registry, log } = options;
  const keys = createApiKeyRepository(database);
  const apiKeys = await createApiKeyCache(keys, createKeyNotifications(database));
  const keyUses = createKeyUses(keys, clock, (error) => log.warn({ err: error }, 'uses of keys not noted'));
  const countOpenToken = createOpenTokenMetrics({
    registry,
    listOpen: () => environmentRepository.listOpenTokens(),
  });
  const verifying: VerifyDeps = {
    findTokenRules: createTokenRules(environments.find, tokens),
    checkJwt: createJwtCheck(clock),
    clock,
    onOpenToken: countOpenToken,
  };
  const deps: AuthenticateDeps = {
    findApiKey: apiKeys.find,
    verifyAccessToken: (tenant, token) => verifyAccessToken(verifying, tenant, token),
    clock,
  };
  for (const { tenant, until } of await environmentRepository.listOpenTokens()) {
    log.warn(
      { environment: tenant, until },
      'tokens without "exp" or without an environment are taken here, as before the upgrade, until then; "bkend-storage environments close-tokens" ends that',
    );
  }
  return {
    authenticate: async (credentials) => {
      const caller = await authenticate(deps, credentials);
      const environment = await environments.find(caller.tenant);
      if (environment?.deletingSince !== undefined) throw beingDeleted(caller.tenant);
      keyUses.note(caller.keyId);
      return caller;
    },
    createFirstKeys: async () => {
      const created = await createFirstApiKeys({ keys, clock, newId: uuidv7 });
      return created && { publishable: created.publishable.key, secret: created.secret.key };
    },
    async [Symbol.asyncDispose]() {
      await keyUses[Symbol.asyncDispose]();
      await apiKeys[Symbol.asyncDispose]();
    },
  };
}
