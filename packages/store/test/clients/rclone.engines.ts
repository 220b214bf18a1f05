import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startClientRun } from './client-run.ts';
import { findClients } from './find-clients.ts';

const commands = findClients({ command: 'rclone', probe: ['version'], debianPackage: 'rclone' });

it.each(commands)('%s puts, lists, ranges, copies in parts, syncs and deletes', async (command) => {
  await using client = await startClientRun();
  const { directory, store } = client;
  const rclone = (...args: string[]) =>
    client.run(command, args, {
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_STORE_TYPE: 's3',
      RCLONE_CONFIG_STORE_PROVIDER: 'Other',
      RCLONE_CONFIG_STORE_ENV_AUTH: 'true',
      RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
    });
  const bytes = randomBytes(12_000_000);
  await mkdir(join(directory, 'files/folder'), { recursive: true });
  await writeFile(join(directory, 'files/large'), bytes);
  await writeFile(join(directory, 'files/folder/한글 + 😀.txt'), 'hello');

  await rclone('mkdir', 'store:rclone');
  const inParts = ['--s3-upload-cutoff', '5Mi', '--s3-chunk-size', '5Mi', '--s3-copy-cutoff', '5Mi'];
  await rclone('sync', ...inParts, 'files', 'store:rclone/synced');
  expect((await rclone('lsf', '--recursive', 'store:rclone')).trim().split('\n').sort()).toEqual([
    'synced/',
    'synced/folder/',
    'synced/folder/한글 + 😀.txt',
    'synced/large',
  ]);
  await rclone('check', '--download', 'files', 'store:rclone/synced');
  expect(
    await rclone('cat', '--offset', '1', '--count', '3', 'store:rclone/synced/folder/한글 + 😀.txt'),
  ).toBe('ell');
  await rclone('copyto', ...inParts, 'store:rclone/synced/large', 'store:rclone/copy');
  await rclone('copyto', 'store:rclone/copy', 'back');
  expect(bytes.equals(await readFile(join(directory, 'back')))).toBe(true);

  // A new time of modification alone is written by copying the object onto itself.
  await rclone('touch', '--timestamp', '2020-01-02T03:04:05', 'store:rclone/synced/large');
  expect(await rclone('lsl', 'store:rclone/synced/large')).toContain('2020-01-02 03:04:05');
  const url = (await rclone('link', '--expire', '60s', 'store:rclone/copy')).trim();
  const answer = await fetch(url);
  expect(bytes.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
  await rclone('moveto', 'store:rclone/copy', 'store:rclone/moved');
  await rclone('deletefile', 'store:rclone/moved');
  await rclone('purge', 'store:rclone');
  expect(await rclone('lsd', 'store:')).toBe('');
});
