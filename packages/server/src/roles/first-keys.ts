import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config/config.ts';
import { createFirstApiKeys } from '../identity/create-api-key.ts';
import { createApiKeyRepository } from '../postgres/api-key-repository.ts';
import { openDatabase } from './backends.ts';

/** The keys of an installation that has none, to be shown this once. */
export interface FirstKeys {
  readonly publishable: string;
  readonly secret: string;
}

/** Makes a publishable and a secret key where there are no keys at all; undefined where there are some. */
export async function createFirstKeys(config: Config): Promise<FirstKeys | undefined> {
  const database = await openDatabase(config, 'serve');
  try {
    const deps = { keys: createApiKeyRepository(database), clock: () => new Date(), newId: uuidv7 };
    const keys = await createFirstApiKeys(deps);
    return keys && { publishable: keys.publishable.key, secret: keys.secret.key };
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
