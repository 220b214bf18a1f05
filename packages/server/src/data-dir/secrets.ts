import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce } from './own-files.ts';

/** Generated secrets of the embedded database and store, and of access tokens. */
export interface Secrets {
  /** Password of the service's role in the embedded PostgreSQL. */
  readonly postgresPassword: string;
  /** Access key of the embedded object store. */
  readonly storeCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Signs and verifies access tokens when neither JWT_SECRET nor JWT_JWKS_URL is set. */
  readonly jwtSecret: string;
}

/**
 * Reads the secrets of a data directory, and generates them where they are missing. Concurrent processes read the same ones.
 */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secrets.json');
  const found = await findSecrets(path);
  if (found) return found;
  await createFileOnce(path, `${JSON.stringify(generateSecrets(), null, 2)}\n`);
  const secrets = await findSecrets(path);
  if (secrets === undefined) throw new Error(`${path} was removed while it was read.`);
  return secrets;
}

async function findSecrets(path: string): Promise<Secrets | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const secrets = parseJson(text);
  if (!isSecrets(secrets)) {
    throw new Error(
      `${path} is damaged: restore it from a copy. Without it the files of this data directory cannot be read.`,
    );
  }
  return secrets;
}

function generateSecrets(): Secrets {
  return {
    postgresPassword: randomBytes(32).toString('hex'),
    storeCredentials: {
      accessKeyId: `BKEND${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    },
    jwtSecret: randomBytes(32).toString('hex'),
  };
}

function isSecrets(value: unknown): value is Secrets {
  return (
    hasTexts(value, ['postgresPassword', 'jwtSecret']) &&
    'storeCredentials' in value &&
    hasTexts(value.storeCredentials, ['accessKeyId', 'secretAccessKey'])
  );
}

function hasTexts(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => typeof fields.get(name) === 'string' && fields.get(name) !== '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
