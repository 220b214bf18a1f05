/**
 * Generates clients in TypeScript and Python from `/openapi.json` of a service that it starts, and uploads and lists with them.
 * Fails on any warning of a generator about the description, and on any client that does not compile or answers otherwise.
 *
 *     npm run check:openapi
 *
 * Needs Python 3 with `venv`, npm's registry and PyPI. Generators go into a directory that is removed: openapi-typescript needs
 * TypeScript 5, which cannot stand beside the compiler of this repository.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService } from '../../packages/test-support/src/service/start-service.ts';
import { createTenant } from '../../packages/test-support/src/tenant/tenant.ts';

const npmPackages = [
  'openapi-typescript@7.13.0',
  'openapi-fetch@0.17.0',
  'typescript@5.9.3',
  '@types/node@20.19.43',
];
const pythonPackages = ['openapi-python-client==0.29.1', 'ruff==0.17.6'];
const directory = await mkdtemp(join(tmpdir(), 'bkend-openapi-'));
const venv = join(directory, 'venv/bin');

/** Runs a command to its end. @returns its output @throws Error with the output when it fails */
async function run(command: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const PATH = `${venv}:${process.env.PATH}`;
  const child = spawn(command, words, { cwd: directory, env: { ...process.env, ...env, PATH } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

/** Requires that a client has uploaded and listed its file, and read the code of a refusal. */
function requireReport(output: string, name: string): void {
  const expected = JSON.stringify({ names: [name], total: 1, refusal: 'file/not-found' });
  const report = JSON.stringify(JSON.parse(output));
  if (report !== expected) throw new Error(`The client answered ${report}, not ${expected}.`);
  console.log(`${name}: uploaded, listed, refused`);
}

async function checkTypeScript(env: NodeJS.ProcessEnv): Promise<void> {
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent', ...npmPackages]);
  await run('npx', ['openapi-typescript', 'openapi.json', '-o', 'api.d.ts']);
  await copyFile(join(import.meta.dirname, 'client.ts.template'), join(directory, 'client.ts'));
  await run('npx', ['tsc', '--strict', '--target', 'es2022', '--module', 'nodenext', 'client.ts']);
  requireReport(await run(process.execPath, ['client.js'], env), 'typescript.txt');
}

async function checkPython(env: NodeJS.ProcessEnv): Promise<void> {
  await run('python3', ['-m', 'venv', join(directory, 'venv')]);
  await run('pip', ['install', '--quiet', '--disable-pip-version-check', ...pythonPackages]);
  const words = ['generate', '--path', 'openapi.json', '--output-path', 'generated', '--meta', 'none'];
  await run('openapi-python-client', [...words, '--fail-on-warning']);
  await copyFile(join(import.meta.dirname, 'client.py'), join(directory, 'client.py'));
  requireReport(await run('python3', ['client.py'], env), 'python.txt');
}

try {
  await using service = await startService();
  const { secret } = await createTenant(service);
  const description = await fetch(`${service.apiUrl}/openapi.json`);
  await writeFile(join(directory, 'openapi.json'), await description.text());
  const env = { API_URL: service.apiUrl, API_KEY: secret.key };
  await checkTypeScript(env);
  await checkPython(env);
} finally {
  await rm(directory, { recursive: true, force: true });
}
