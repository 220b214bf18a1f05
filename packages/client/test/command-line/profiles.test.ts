import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, ended, startCommandLine } from './command-line.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

test('each profile has a login of its own, which wins over the variables when it is named', async () => {
  const folder = await bks.folder();
  const { url } = bks.service.api;
  await bks.storage('alice').upload('of alice', { filename: 'a.txt' });
  const alice = ['--key', bks.service.publishableKey, '--token', bks.service.accessToken('alice')];
  const login = await bks.run(folder, 'login', '--profile', 'alice', '--url', url, ...alice);
  expect(login).toMatchObject({ code: 0, stderr: '' });
  const stored = join(bks.service.directory, 'config/bkend-storage/profiles/alice.json');
  expect(JSON.parse(await readFile(stored, 'utf8')).apiKey).toBe(bks.service.publishableKey);

  const filesOf = async (...words: string[]) =>
    JSON.parse((await bks.run(folder, 'usage', '--json', ...words)).stdout).files;
  expect(await filesOf()).toBe(0);
  expect(await filesOf('--profile', 'alice')).toBe(1);
  const { BKEND_API_URL, BKEND_API_KEY, ...env } = bks.env;
  const byVariable = await ended(
    spawn('bash', ['-c', `${bks.program} usage --json`], {
      env: { ...env, BKEND_PROFILE: 'alice' },
      cwd: folder,
    }),
  );
  expect(JSON.parse(byVariable.stdout).files).toBe(1);
  expect(await bks.run(folder, 'usage', '--profile', 'bob')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no profile bob'),
  });
  expect(await bks.run(folder, 'usage', '--profile', '../login')).toMatchObject({ code: 2 });
});

test('stored credentials go to the address that they were stored with, and to no other', async () => {
  const folder = await bks.folder();
  const { url } = bks.service.api;
  const seen: unknown[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(401).end();
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await bks.run(folder, 'login', '--url', url, '--key', bks.service.secretKey);
  const { BKEND_API_KEY, ...env } = bks.env;
  const ls = (variables: Record<string, string>) =>
    ended(spawn('bash', ['-c', `${bks.program} ls`], { env: { ...env, ...variables }, cwd: folder }));
  const refused = await ls({ BKEND_API_URL: `http://127.0.0.1:${port}` });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('set BKEND_API_KEY') });
  expect(seen).toEqual([]);
  const own = await ls({ BKEND_API_URL: `http://127.0.0.1:${port}`, BKEND_API_KEY: 'sk_own' });
  expect(own.code).toBe(1);
  expect(JSON.stringify(seen)).toContain('sk_own');
  expect(JSON.stringify(seen)).not.toContain(bks.service.secretKey);
  expect((await ls({ BKEND_API_URL: `${url}/` })).code).toBe(0);
  other.close();
});
