import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from './running-store.ts';

let store: RunningStore;
let directory: string;
beforeAll(async () => {
  store = await startStore();
  directory = await mkdtemp(join(tmpdir(), 'bkend-clients-'));
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const isThere = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

/** Runs a client to its end; resolves with what it printed. */
async function run(command: string, ...args: string[]): Promise<string> {
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_DEFAULT_REGION: region,
    },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
    });
  }
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect(status, printed).toBe(0);
  return printed;
}

describe.skipIf(!isThere('python3', '-c', 'import boto3'))('boto3 (skipped where it is missing)', () => {
  it('can do all that its users do', async () => {
    await run('python3', fileURLToPath(new URL('./boto3_client.py', import.meta.url)), store.endpoint);
  });
});

describe.skipIf(!isThere('aws', '--version'))('the aws command line (skipped where it is missing)', () => {
  const s3 = (...args: string[]) => run('aws', '--endpoint-url', store.endpoint, 's3', ...args);

  it('makes a bucket, copies, moves, syncs, lists and removes it all', async () => {
    const file = join(directory, 'file');
    const bytes = randomBytes(20_000_000);
    await writeFile(file, bytes);
    await s3('mb', 's3://cli');
    await s3('cp', file, 's3://cli/folder/file');
    await s3('mv', 's3://cli/folder/file', 's3://cli/moved');
    await s3('cp', 's3://cli/moved', join(directory, 'back'));
    expect(bytes.equals(await readFile(join(directory, 'back')))).toBe(true);
    await s3('sync', directory, 's3://cli/synced');
    expect(await s3('ls', '--recursive', 's3://cli')).toMatch(/20000000 synced\/back/);
    await s3('rb', '--force', 's3://cli');
  });
});
