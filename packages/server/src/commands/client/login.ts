import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { createStorage } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { writeLogin } from './login-file.ts';

/** `login --url URL --key KEY [--token TOKEN]`: remembers where the files are, after one call that shows it is right. */
export const login: Command = async (words, { print }) => {
  const { values } = parseArgs({
    args: [...words],
    options: { url: { type: 'string' }, key: { type: 'string' }, token: { type: 'string' } },
  });
  const url = values.url ?? (await ask('API address', 'http://127.0.0.1:4500'));
  const apiKey = values.key ?? (await ask('API key'));
  if (!apiKey) throw new UsageError('login needs --key KEY.');
  const entry = { url, apiKey, ...(values.token && { accessToken: values.token }) };
  const { pagination } = await createStorage(entry).listPage({ limit: 1 });
  const path = await writeLogin(readEnv(), entry);
  print(`Logged in to ${url}: ${pagination.total} files to see. Stored in ${path}.`);
};

async function ask(question: string, fallback = ''): Promise<string> {
  if (!process.stdin.isTTY) return fallback;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await prompt.question(`${question}${fallback && ` [${fallback}]`}: `)) || fallback;
  } finally {
    prompt.close();
  }
}
