import { randomUUID } from 'node:crypto';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type ApiKey, type KeyType, keyTypes } from '../identity/api-key.ts';
import { type Scope, scopes } from '../identity/caller.ts';
import { createApiKey, type NewApiKey } from '../identity/create-api-key.ts';
import { createApiKeyRepository } from '../postgres/keys/api-key-repository.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { withDatabase } from '../roles/with-database.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';
import { requireTenant } from './tenant-argument.ts';

export interface NewKeyOptions {
  readonly type?: KeyType;
  readonly name?: string;
  readonly project: string;
  readonly env: string;
  /** Separated by commas or spaces. */
  readonly scopes: string;
  /** Seconds. */
  readonly expiresIn?: number;
}

/** `keys create`: creates an API key, and its environment where it is missing, and shows the key once. */
export async function createKey(options: NewKeyOptions, { config, log, show }: CommandContext) {
  const { type, name, project, env, scopes, expiresIn } = options;
  if (type === undefined) throw new UsageError(`keys create needs --type ${keyTypes.join(' or --type ')}.`);
  const request: NewApiKey = {
    type,
    tenant: requireTenant(project, env),
    ...(name !== undefined && { name }),
    scopes: parseScopes(scopes),
    ...(expiresIn !== undefined && { expiresInSeconds: expiresIn }),
  };
  await withDatabase(config, log, async (database) => {
    const isNew = await createEnvironmentRepository(database).create({
      tenant: request.tenant,
      id: randomUUID(),
      at: new Date(),
    });
    const keys = createApiKeyRepository(database);
    const shown = await createApiKey({ keys, clock: () => new Date(), newId: uuidv7 }, request);
    const notes = isNew ? [`There was no environment ${request.tenant}; it has been created.`] : [];
    show(shown, [
      shown.key,
      ...notes,
      `This is ${shown.type} key ${shown.id} of ${request.tenant}. It is not shown again: keep it now.`,
    ]);
  });
}

/** `keys list`: shows all API keys, never their secrets. */
export async function listKeys({ config, log, show }: CommandContext) {
  await withDatabase(config, log, async (database) => {
    for (const key of await createApiKeyRepository(database).list()) show(key, describe(key, new Date()));
  });
}

/**
 * `keys revoke`: revokes an API key.
 * @throws UsageError when there is no such key
 */
export async function revokeKey(id: string, { config, log, show }: CommandContext) {
  await withDatabase(config, log, async (database) => {
    const keys = createApiKeyRepository(database);
    const revoked = isUuid(id) ? await keys.revoke(id, new Date()) : undefined;
    if (revoked === undefined) throw new UsageError(`There is no key ${id}; keys list shows them.`);
    show({ id, revokedAt: revoked.revokedAt }, `Revoked ${id}.`);
  });
}

function parseScopes(text: string): Scope[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  return names.map((name) => {
    const scope = scopes.find((each) => each === name);
    if (scope === undefined) throw new UsageError(`--scopes takes ${scopes.join(', ')}; not ${name}.`);
    return scope;
  });
}

/** One line. Keys created before prefixes were stored have none. */
function describe(key: ApiKey, now: Date): string {
  const state = key.revokedAt ? 'revoked' : key.expiresAt && key.expiresAt <= now ? 'expired' : 'active';
  const limits = key.scopes.length > 0 ? key.scopes.join(',') : 'all scopes';
  const start = key.type === 'secret' ? 'sk_' : 'pk_';
  const prefix = key.prefix === undefined ? `${start}(not kept)` : `${start}${key.prefix}…`;
  const dates = [
    `created ${key.createdAt.toISOString()}`,
    key.expiresAt ? `expires ${key.expiresAt.toISOString()}` : 'never expires',
    key.lastUsedAt ? `last used ${key.lastUsedAt.toISOString()}` : 'no use seen',
  ];
  return [key.id, prefix, key.type, key.tenant, state, limits, ...dates, key.name ?? '']
    .filter(Boolean)
    .join('  ');
}
