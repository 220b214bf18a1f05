import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { credentials } from '../running-store.ts';
import { startClientRun } from './client-run.ts';
import { findClients } from './find-clients.ts';

const commands = findClients({ command: 's3cmd', probe: ['--version'], debianPackage: 's3cmd' });

it.each(commands)('%s puts, lists, resumes, copies in parts, syncs and deletes', async (command) => {
  await using client = await startClientRun();
  const { directory, store } = client;
  const { host } = new URL(store.endpoint);
  await writeFile(
    join(directory, '.s3cfg'),
    `[default]
access_key = ${credentials.accessKeyId}
secret_key = ${credentials.secretAccessKey}
host_base = ${host}
host_bucket = ${host}
use_https = False
multipart_chunk_size_mb = 5
multipart_copy_chunk_size_mb = 5
`,
  );
  const s3cmd = (...args: string[]) => client.run(command, ['--no-progress', ...args]);
  const bytes = randomBytes(12_000_000);
  await mkdir(join(directory, 'files'));
  await writeFile(join(directory, 'files/large'), bytes);
  await writeFile(join(directory, 'files/한글 + 😀.txt'), 'hello');

  await s3cmd('mb', 's3://s3cmd');
  expect(await s3cmd('ls')).toContain('s3://s3cmd');
  await s3cmd('put', 'files/large', 's3://s3cmd/large');
  expect(await s3cmd('info', 's3://s3cmd/large')).toContain('12000000');
  await s3cmd('cp', 's3://s3cmd/large', 's3://s3cmd/folder/copy');
  expect(await s3cmd('ls', 's3://s3cmd')).toMatch(
    /DIR +s3:\/\/s3cmd\/folder\/\n.*12000000 +s3:\/\/s3cmd\/large/,
  );
  // The rest of a download that was cut short is asked for by its range.
  await writeFile(join(directory, 'back'), bytes.subarray(0, 5_000_001));
  await s3cmd('get', '--continue', 's3://s3cmd/folder/copy', 'back');
  expect(bytes.equals(await readFile(join(directory, 'back')))).toBe(true);

  await s3cmd('sync', 'files/', 's3://s3cmd/synced/');
  expect(await s3cmd('ls', '--recursive', 's3://s3cmd/synced/')).toContain('s3://s3cmd/synced/한글 + 😀.txt');
  await s3cmd('modify', '--add-header=Cache-Control:no-cache', 's3://s3cmd/synced/한글 + 😀.txt');
  const head = await store.send({ method: 'HEAD', path: '/s3cmd/synced/한글 + 😀.txt' });
  expect(head.headers['cache-control']).toBe('no-cache');
  await s3cmd('mv', 's3://s3cmd/folder/copy', 's3://s3cmd/moved');
  await s3cmd('del', 's3://s3cmd/moved');
  await s3cmd('del', '--recursive', '--force', 's3://s3cmd/synced/');
  expect(await s3cmd('ls', '--recursive', 's3://s3cmd')).toMatch(
    /^\S+ \S+ +12000000 +s3:\/\/s3cmd\/large\n$/,
  );
  await s3cmd('rb', '--recursive', '--force', 's3://s3cmd');
  expect(await s3cmd('ls')).toBe('');
});
