import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startClientRun } from './client-run.ts';
import { findClients } from './find-clients.ts';

const commands = findClients({ command: 'restic', probe: ['version'], debianPackage: 'restic' });

// It speaks S3 by minio-go, which signs and sends in ways of its own.
it.each(commands)('%s backs up, checks every byte, restores and forgets', async (command) => {
  await using client = await startClientRun();
  const { directory, store } = client;
  const restic = (...args: string[]) =>
    client.run(command, ['--repo', `s3:${store.endpoint}/restic`, '--no-cache', '--quiet', ...args], {
      RESTIC_PASSWORD: 'secret',
    });
  const bytes = randomBytes(20_000_000);
  await mkdir(join(directory, 'files'));
  await writeFile(join(directory, 'files/large'), bytes);
  await writeFile(join(directory, 'files/small'), 'hello');
  await restic('init');
  await restic('backup', 'files');
  await restic('check', '--read-data');
  await restic('restore', 'latest', '--target', 'restored');
  expect(bytes.equals(await readFile(join(directory, 'restored/files/large')))).toBe(true);
  await rm(join(directory, 'files/large'));
  await restic('backup', 'files');
  await restic('forget', '--keep-last', '1', '--prune');
  await restic('check', '--read-data');
  const { text } = await store.send({ path: '/restic', query: { 'list-type': '2', prefix: 'snapshots/' } });
  expect(text.match(/<Key>/g)).toHaveLength(1);
});
