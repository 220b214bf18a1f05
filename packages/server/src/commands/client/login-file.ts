import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Env } from '../../config/env.ts';
import { UsageError } from '../usage-error.ts';

/** Where the service is, and who asks. */
export interface Login {
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken?: string;
}

/** In the user's config directory (XDG Base Directory Specification; `%APPDATA%` on Windows). */
export function loginPath(env: Env): string {
  const directory = env.XDG_CONFIG_HOME ?? env.APPDATA ?? join(homedir(), '.config');
  return join(directory, 'bkend-storage', 'login.json');
}

/** Nobody but the user may read it. */
export async function writeLogin(env: Env, login: Login): Promise<string> {
  const path = loginPath(env);
  const draft = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(draft, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
  return path;
}

/**
 * What `login` stored; `BKEND_API_URL`, `BKEND_API_KEY` and `BKEND_ACCESS_TOKEN` win over it.
 * @throws UsageError when the address or the key is nowhere
 */
export async function readLogin(env: Env): Promise<Login> {
  const stored: Partial<Login> = await readFile(loginPath(env), 'utf8').then(JSON.parse, () => ({}));
  const url = env.BKEND_API_URL ?? stored.url;
  const apiKey = env.BKEND_API_KEY ?? stored.apiKey;
  const accessToken = env.BKEND_ACCESS_TOKEN ?? stored.accessToken;
  if (url === undefined || apiKey === undefined) {
    throw new UsageError(
      'Where are your files? Run "bkend-storage login --url URL --key KEY", or set BKEND_API_URL and BKEND_API_KEY.',
    );
  }
  return { url, apiKey, ...(accessToken && { accessToken }) };
}
