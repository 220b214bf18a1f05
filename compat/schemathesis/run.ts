/**
 * Runs Schemathesis against `/openapi.json` of a service that it starts: as a guest, as a user and with a secret key, with
 * ids, keys and uploads that exist fed in. Fails on any 5xx, on any answer outside its schema, and on any status that the
 * description does not name.
 *
 *     npx tsx compat/schemathesis/run.ts [examples per operation]
 *
 * Needs Python 3 with `venv`; Schemathesis is installed into a directory that goes again, unless `SCHEMATHESIS` names one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InitMultipartAnswer, ListFilesAnswer } from '@bkend/storage-contract';
import { sendFile, uploadFile } from '../../packages/test-support/src/api/uploads.ts';
import {
  type ServiceAddresses,
  startService,
} from '../../packages/test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../packages/test-support/src/tenant/tenant.ts';

const version = '4.32.5';
/** It keeps a cache where it runs. */
const directory = await mkdtemp(join(tmpdir(), 'bkend-schemathesis-'));

/** Runs a command, and prints what it has printed when it has ended: several may run at once. */
async function run(command: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(command, words, {
    ...{ stdio: ['ignore', 'pipe', 'pipe'], cwd: directory, env: { ...process.env, ...env } },
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = await once(child, 'close');
  process.stdout.write(Buffer.concat(output));
  return typeof code === 'number' ? code : 1;
}

async function findSchemathesis(): Promise<string> {
  const { SCHEMATHESIS } = process.env;
  if (SCHEMATHESIS !== undefined) return SCHEMATHESIS;
  const venv = join(directory, 'venv');
  const installed =
    (await run('python3', ['-m', 'venv', venv])) === 0 &&
    (await run(join(venv, 'bin/pip'), ['install', '--quiet', `schemathesis==${version}`])) === 0;
  if (!installed)
    throw new Error('Schemathesis could not be installed: python3, python3-venv and PyPI are needed.');
  return join(venv, 'bin/schemathesis');
}

/** Creates files and uploads in the tenant, so that requests get past the first check. */
async function seed(tenant: Tenant) {
  const alice = await tenant.user('alice');
  const upload = () =>
    alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
      filename: 'a.txt',
      contentType: 'text/plain',
      fileSize: 5,
    });
  const kinds = ['public', 'private', 'protected', 'shared'] as const;
  const files = await Promise.all(
    kinds.flatMap((visibility) => [1, 2].map(() => uploadFile(alice, { visibility, sharedWith: ['bob'] }))),
  );
  const disposable = await Promise.all(Array.from({ length: 20 }, () => uploadFile(alice)));
  const waiting = await Promise.all(Array.from({ length: 20 }, () => sendFile(alice)));
  const { pagination } = await alice.ask<ListFilesAnswer>('GET', '/v1/files?limit=1');
  return {
    fileIds: files.map(({ id }) => id),
    disposableIds: disposable.map(({ id }) => id),
    waitingKeys: waiting.map(({ s3Key }) => s3Key),
    uploads: await Promise.all([upload(), upload(), upload()]),
    cursor: pagination.nextCursor ?? '',
  };
}

async function testAs(
  name: string,
  headers: Readonly<Record<string, string>>,
  { service, schemathesis, seeds }: { service: ServiceAddresses; schemathesis: string; seeds: string },
): Promise<number> {
  const code = await run(
    schemathesis,
    [
      ...['--config-file', join(import.meta.dirname, 'schemathesis.toml'), 'run'],
      `${service.apiUrl}/openapi.json`,
      ...['--url', service.apiUrl],
      // It reads answers to their end, and a stream of events has none.
      ...['--exclude-path', '/v1/events/stream'],
      ...['--phases', 'coverage,fuzzing', '--max-examples', process.argv[2] ?? '40', '--seed', '1'],
      ...['--suppress-health-check', 'all', '--no-color', '--continue-on-failure', '--warnings', 'off'],
      ...Object.entries(headers).flatMap(([header, value]) => ['-H', `${header}: ${value}`]),
    ],
    { SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'hooks.py'), SEEDS: seeds, PYTHONDONTWRITEBYTECODE: '1' },
  );
  console.log(`── as ${name}: ${code === 0 ? 'passed' : 'failed'}`);
  return code;
}

try {
  const schemathesis = await findSchemathesis();
  await using service = await startService();
  const tenant = await createTenant(service);
  const seeds = join(directory, 'seeds.json');
  await writeFile(seeds, JSON.stringify(await seed(tenant)));
  const callers = {
    'a guest': tenant.guest.headers,
    'a user': (await tenant.user('alice')).headers,
    'an admin': tenant.admin.headers,
  };
  const codes = await Promise.all(
    Object.entries(callers).map(([name, headers]) => testAs(name, headers, { service, schemathesis, seeds })),
  );
  process.exitCode = Math.max(...codes);
} finally {
  await rm(directory, { recursive: true, force: true });
}
