import { parseArgs } from 'node:util';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type ApiKey, type KeyType, keyTypes } from '../identity/api-key.ts';
import { type Scope, scopes } from '../identity/caller.ts';
import { createApiKey, type NewApiKey } from '../identity/create-api-key.ts';
import type { ApiKeyRepository } from '../identity/ports.ts';
import { environments, isProjectName, projectRule, type Tenant, tenantOf } from '../identity/tenant.ts';
import { createApiKeyRepository } from '../postgres/api-key-repository.ts';
import { borrowDatabase } from '../roles/borrow-database.ts';
import type { Command } from './command.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

type Print = (line: string) => void;
/** What is left to do once the words are understood. */
type Task = (keys: ApiKeyRepository, print: Print) => Promise<void>;
type KeysCommand = (words: readonly string[]) => Task;

/** `keys create|list|revoke` */
export const keys: Command = async ([name, ...words], { config, log, print }) => {
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError('keys is followed by create, list or revoke.');
  const task = command(words);
  await borrowDatabase(config, log, (database) => task(createApiKeyRepository(database), print));
};

const create: KeysCommand = (words) => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      type: { type: 'string' },
      name: { type: 'string' },
      project: { type: 'string', default: 'default' },
      env: { type: 'string', default: 'dev' },
      scopes: { type: 'string', default: '' },
      'expires-in': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const expiresIn = values['expires-in'];
  const request: NewApiKey = {
    type: parseType(values.type),
    tenant: parseTenant(values.project, values.env),
    ...(values.name !== undefined && { name: values.name }),
    scopes: parseScopes(values.scopes),
    ...(expiresIn !== undefined && { expiresInSeconds: parseDuration(expiresIn, '--expires-in') }),
  };
  return async (repository, print) => {
    const deps = { keys: repository, clock: () => new Date(), newId: uuidv7 };
    const shown = await createApiKey(deps, request);
    if (values.json) print(JSON.stringify(shown));
    else {
      print(shown.key);
      print(`This is ${shown.type} key ${shown.id}. It is not shown again: keep it now.`);
    }
  };
};

const list: KeysCommand = (words) => {
  const { values } = parseArgs({
    args: [...words],
    options: { json: { type: 'boolean', default: false } },
  });
  return async (repository, print) => {
    for (const key of await repository.list()) {
      print(values.json ? JSON.stringify(key) : describe(key, new Date()));
    }
  };
};

const revoke: KeysCommand = (words) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length > 0)
    throw new UsageError('keys revoke needs the ID that keys list shows.');
  return async (repository, print) => {
    const revoked = isUuid(id) ? await repository.revoke(id, new Date()) : undefined;
    if (revoked === undefined) throw new UsageError(`There is no key ${id}; keys list shows them.`);
    print(values.json ? JSON.stringify({ id, revokedAt: revoked.revokedAt }) : `Revoked ${id}.`);
  };
};

const commands: Readonly<Record<string, KeysCommand>> = { create, list, revoke };

function parseType(text: string | undefined): KeyType {
  const type = keyTypes.find((name) => name === text);
  if (type === undefined) throw new UsageError(`keys create needs --type ${keyTypes.join(' or --type ')}.`);
  return type;
}

function parseTenant(project: string, env: string): Tenant {
  const environment = environments.find((name) => name === env);
  if (environment === undefined) throw new UsageError(`--env is one of ${environments.join(', ')}.`);
  if (!isProjectName(project)) throw new UsageError(`--project ${projectRule}.`);
  return tenantOf(project, environment);
}

function parseScopes(text: string): Scope[] {
  const words = text.split(/[\s,]+/).filter(Boolean);
  return words.map((word) => {
    const scope = scopes.find((name) => name === word);
    if (scope === undefined) throw new UsageError(`--scopes takes ${scopes.join(', ')}; not ${word}.`);
    return scope;
  });
}

function describe(key: ApiKey, now: Date): string {
  const state = key.revokedAt ? 'revoked' : key.expiresAt && key.expiresAt <= now ? 'expired' : 'active';
  const until = key.expiresAt ? `until ${key.expiresAt.toISOString()}` : '';
  const limits = key.scopes.length > 0 ? key.scopes.join(',') : 'all scopes';
  return [key.id, key.type, key.tenant, state, limits, until, key.name ?? ''].filter(Boolean).join('  ');
}
