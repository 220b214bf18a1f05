import { readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Env } from '../../config/env.ts';
import { UsageError } from '../command-errors.ts';
import { makeFolder } from './get/make-folder.ts';

/** The address of the service and the credentials for it. */
export interface Login {
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken?: string;
}

/**
 * In the user's config directory (XDG Base Directory Specification; `%APPDATA%` on Windows): one file without a profile, and one
 * for each.
 */
function loginPath(env: Env): string {
  const directory = join(env.XDG_CONFIG_HOME ?? env.APPDATA ?? join(homedir(), '.config'), 'bkend-storage');
  const { BKEND_PROFILE: profile } = env;
  return profile ? join(directory, 'profiles', `${profile}.json`) : join(directory, 'login.json');
}

/** Writes the file that `login` keeps, readable by the user alone. @returns its path */
export async function writeLogin(env: Env, login: Login): Promise<string> {
  const path = loginPath(env);
  const temporary = `${path}.${process.pid}`;
  await makeFolder(dirname(path), 0o700);
  await writeFile(temporary, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
  return path;
}

/**
 * Reads what `login` stored, for the profile of `BKEND_PROFILE` where it is set; `BKEND_API_URL`, `BKEND_API_KEY` and `BKEND_ACCESS_TOKEN` win over it.
 * Stored credentials go to the address that they were stored with, and to no other.
 * @throws UsageError when neither has an address and a key for it
 */
export async function readLogin(env: Env): Promise<Login> {
  const stored: Partial<Login> = await readFile(loginPath(env), 'utf8').then(JSON.parse, () => ({}));
  const url = env.BKEND_API_URL || stored.url;
  requireUrls(env);
  const isStoredFor = url !== undefined && stored.url !== undefined && isSameAddress(url, stored.url);
  const apiKey = env.BKEND_API_KEY || (isStoredFor ? stored.apiKey : undefined);
  const accessToken = env.BKEND_ACCESS_TOKEN ?? (isStoredFor ? stored.accessToken : undefined);
  if (apiKey === undefined && url !== undefined && stored.url !== undefined && !isStoredFor) {
    throw new UsageError(
      `BKEND_API_URL is ${url}, and the stored key is for ${stored.url}: set BKEND_API_KEY, too, or run "bkend-storage login --url ${url} --key KEY".`,
    );
  }
  if (url === undefined || apiKey === undefined) {
    const { BKEND_PROFILE: profile } = env;
    if (profile) {
      throw new UsageError(
        `There is no profile ${profile}: run "bkend-storage login --profile ${profile} --url URL --key KEY".`,
      );
    }
    throw new UsageError(
      'Where are your files? Run "bkend-storage login --url URL --key KEY", or set BKEND_API_URL and BKEND_API_KEY.',
    );
  }
  return { url, apiKey, ...(accessToken && { accessToken }) };
}

/** @throws UsageError naming the variable that holds no URL */
function requireUrls(env: Env): void {
  for (const name of ['BKEND_API_URL', 'BKEND_IMAGES_URL'] as const) {
    const url = env[name];
    if (!url || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) continue;
    throw new UsageError(`${name} is ${JSON.stringify(url)}: give a URL such as https://files.example.com.`);
  }
}

function isSameAddress(one: string, other: string): boolean {
  const [first, second] = [one, other].map((address) =>
    URL.canParse(address) ? new URL(address).href.replace(/\/+$/, '') : address,
  );
  return first === second;
}
