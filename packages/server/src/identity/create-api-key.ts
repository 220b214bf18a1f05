import {
  type ApiKey,
  type ApiKeyRepository,
  generateApiKey,
  hashApiKey,
  type KeyType,
  keyPrefix,
} from './api-key.ts';
import type { Scope } from './caller.ts';
import { firstTenant, type Tenant } from './tenant.ts';

export interface CreateApiKeyDeps {
  readonly keys: ApiKeyRepository;
  readonly clock: () => Date;
  readonly newId: () => string;
}

export interface NewApiKey {
  readonly type: KeyType;
  readonly tenant: Tenant;
  readonly name?: string;
  /** None: everything. */
  readonly scopes: readonly Scope[];
  readonly expiresInSeconds?: number;
}

/** A new key, which is shown once. */
export interface ShownApiKey {
  readonly id: string;
  readonly key: string;
  readonly type: KeyType;
}

/** Creates a key and stores its hash. */
export async function createApiKey(deps: CreateApiKeyDeps, request: NewApiKey): Promise<ShownApiKey> {
  const { shown, record, hash } = makeApiKey(deps, request);
  await deps.keys.insert(record, hash);
  return shown;
}

/**
 * Creates a publishable and a secret key in an installation without keys.
 * @returns undefined when there are keys already
 */
export async function createFirstApiKeys(
  deps: CreateApiKeyDeps,
): Promise<{ readonly publishable: ShownApiKey; readonly secret: ShownApiKey } | undefined> {
  const tenant = firstTenant;
  const publishable = makeApiKey(deps, { type: 'publishable', tenant, name: 'first', scopes: [] });
  const secret = makeApiKey(deps, { type: 'secret', tenant, name: 'first', scopes: [] });
  const keys = [publishable, secret].map(({ record, hash }) => ({ key: record, hash }));
  return (await deps.keys.insertFirst(keys))
    ? { publishable: publishable.shown, secret: secret.shown }
    : undefined;
}

function makeApiKey({ clock, newId }: Omit<CreateApiKeyDeps, 'keys'>, request: NewApiKey) {
  const { type, tenant, name, scopes, expiresInSeconds } = request;
  const key = generateApiKey(type);
  const createdAt = clock();
  const record: ApiKey = {
    id: newId(),
    type,
    tenant,
    ...(name !== undefined && { name }),
    prefix: keyPrefix(key),
    scopes,
    createdAt,
    ...(expiresInSeconds !== undefined && {
      expiresAt: new Date(createdAt.getTime() + expiresInSeconds * 1000),
    }),
  };
  return { shown: { id: record.id, key, type }, record, hash: hashApiKey(key) };
}
