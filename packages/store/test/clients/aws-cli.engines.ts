import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startClientRun } from './client-run.ts';
import { findClients } from './find-clients.ts';

const commands = findClients({ command: 'aws', probe: ['--version'], debianPackage: 'awscli' });

/** Every command takes this client a second to start. */
const patienceMs = 180_000;

describe.each(commands)('the aws command line of %s', (aws) => {
  it(
    'makes a bucket, copies, moves, syncs, lists and removes it all',
    async () => {
      await using client = await startClientRun();
      const { directory } = client;
      const s3 = (...args: string[]) =>
        client.run(aws, ['--endpoint-url', client.store.endpoint, 's3', ...args]);
      // More than 8 MiB goes in parts, and so do copies of it.
      const bytes = randomBytes(20_000_000);
      await mkdir(join(directory, 'files'));
      await writeFile(join(directory, 'files/large'), bytes);
      await writeFile(join(directory, 'files/한글 + 😀.txt'), 'hello');
      await s3('mb', 's3://cli');
      await s3('cp', 'files/large', 's3://cli/folder/large');
      await s3('cp', 's3://cli/folder/large', 's3://cli/copied');
      await s3('mv', 's3://cli/copied', 's3://cli/moved');
      await s3('cp', 's3://cli/moved', 'back');
      expect(bytes.equals(await readFile(join(directory, 'back')))).toBe(true);
      await s3('sync', 'files', 's3://cli/synced');
      const listed = await s3('ls', '--recursive', 's3://cli');
      expect(listed).toMatch(
        /20000000 folder\/large\n.*20000000 moved\n.*20000000 synced\/large\n.* 5 synced\/한글 \+ 😀\.txt/,
      );
      expect(await s3('ls', 's3://cli')).toMatch(/PRE folder\/\n.*PRE synced\/\n.* moved/);
      await s3('sync', 's3://cli/synced', 'synced');
      expect(await readFile(join(directory, 'synced/한글 + 😀.txt'), 'utf8')).toBe('hello');
      expect(await s3('sync', 'files', 's3://cli/synced')).toBe('');
      await s3('rm', '--recursive', 's3://cli/synced');
      expect(await s3('ls', 's3://cli')).not.toContain('synced');
      await s3('rb', '--force', 's3://cli');
      expect(await s3('ls')).toBe('');
    },
    patienceMs,
  );

  it(
    'reads ranges, copies parts and signs URLs',
    async () => {
      await using client = await startClientRun();
      const { directory } = client;
      // Older ones would sign URLs for other endpoints than Amazon's with a version that is no more.
      await mkdir(join(directory, '.aws'));
      await writeFile(join(directory, '.aws/config'), '[default]\ns3 =\n  signature_version = s3v4\n');
      const s3api = async (operation: string, args: Record<string, string>, ...more: string[]) => {
        const options = Object.entries(args).flatMap(([name, value]) => [`--${name}`, value]);
        const general = ['--endpoint-url', client.store.endpoint, '--output', 'json'];
        const printed = await client.run(aws, [...general, 's3api', operation, ...options, ...more]);
        return printed === '' ? {} : JSON.parse(printed);
      };
      const bytes = randomBytes(6 * 1024 * 1024);
      await writeFile(join(directory, 'file'), bytes);
      await s3api('create-bucket', { bucket: 'api' });
      await s3api('put-object', { bucket: 'api', key: 'source', body: 'file', metadata: 'colour=blue' });
      expect(await s3api('head-object', { bucket: 'api', key: 'source' })).toMatchObject({
        ContentLength: bytes.length,
        Metadata: { colour: 'blue' },
      });
      await s3api('get-object', { bucket: 'api', key: 'source', range: 'bytes=-7' }, 'end');
      expect(bytes.subarray(-7).equals(await readFile(join(directory, 'end')))).toBe(true);

      const { UploadId } = await s3api('create-multipart-upload', { bucket: 'api', key: 'joined' });
      const upload = { bucket: 'api', key: 'joined', 'upload-id': UploadId };
      const parts = [];
      for (const [number, range] of [
        ['1', 'bytes=0-5242879'],
        ['2', 'bytes=5242880-6291455'],
      ] as const) {
        const { CopyPartResult } = await s3api('upload-part-copy', {
          ...upload,
          'part-number': number,
          'copy-source': 'api/source',
          'copy-source-range': range,
        });
        parts.push({ PartNumber: Number(number), ETag: CopyPartResult.ETag });
      }
      expect((await s3api('list-parts', upload)).Parts).toMatchObject(parts);
      await s3api('complete-multipart-upload', {
        ...upload,
        'multipart-upload': JSON.stringify({ Parts: parts }),
      });
      await s3api('get-object', { bucket: 'api', key: 'joined' }, 'joined');
      expect(bytes.equals(await readFile(join(directory, 'joined')))).toBe(true);

      const url = await client.run(aws, [
        ...['--endpoint-url', client.store.endpoint, 's3', 'presign', 's3://api/joined'],
      ]);
      const answer = await fetch(url.trim());
      expect(bytes.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
      const objects = 'Objects=[{Key=source},{Key=joined}]';
      expect((await s3api('delete-objects', { bucket: 'api', delete: objects })).Deleted).toHaveLength(2);
      await s3api('delete-bucket', { bucket: 'api' });
    },
    patienceMs,
  );
});
