import { createStorage } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import { UsageError } from '../command-errors.ts';
import type { Output } from '../output.ts';
import { writeLogin } from './login-file.ts';
import { prompt } from './prompt.ts';

export interface LoginOptions {
  readonly url?: string;
  readonly key?: string;
  readonly token?: string;
}

/** `login`: stores address and credentials, after one call that shows they are accepted. */
export async function login({ url, key, token }: LoginOptions, { show }: Output): Promise<void> {
  const entry = {
    url: url ?? (await ask('API address', { fallback: 'http://127.0.0.1:4500' })),
    apiKey: key ?? (await ask('API key (not shown)', { isSecret: true })),
    ...(token && { accessToken: token }),
  };
  if (!entry.apiKey) throw new UsageError('login needs --key KEY.');
  const { pagination } = await createStorage({ ...entry, retry: { tries: 2 } }).listPage({ limit: 1 });
  const path = await writeLogin(readEnv(), entry);
  const files = pagination.total;
  show(
    { url: entry.url, files, path },
    `Logged in to ${entry.url}: ${files} files are visible. Stored in ${path}.`,
  );
}

async function ask(question: string, { fallback = '', isSecret = false } = {}): Promise<string> {
  if (!process.stdin.isTTY) return fallback;
  return (await prompt(`${question}${fallback && ` [${fallback}]`}: `, { isSecret })).trim() || fallback;
}
