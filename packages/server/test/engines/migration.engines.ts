import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type {
  DownloadUrlAnswer,
  FileView,
  InitMultipartAnswer,
  PresignPartsAnswer,
} from '@bkend/storage-contract';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { findClients } from '../../../store/test/clients/find-clients.ts';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const [rclone = ''] = findClients({ command: 'rclone', probe: ['version'], debianPackage: 'rclone' });
const { endpoint, accessKeyId, secretAccessKey, region } = inject('engines').s3;
const newStore = {
  S3_ENDPOINT: endpoint,
  S3_BUCKET: 'bkend',
  S3_REGION: region,
  S3_ACCESS_KEY_ID: accessKeyId,
  S3_SECRET_ACCESS_KEY: secretAccessKey,
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-migration-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const start = (env: Record<string, string>, ...words: string[]) =>
  startService({ dataDir: join(directory, 'data'), words, env });

/** The commands of docs/store.md, in that order. */
async function readRecipe(): Promise<string[]> {
  const page = await readFile(new URL('../../../../docs/store.md', import.meta.url), 'utf8');
  return page.match(/^rclone .*$/gm) ?? [];
}

/** Runs a line of the recipe from the store at this port. */
async function follow(
  line: string,
  oldStore: { port: string; accessKeyId: string; secretAccessKey: string },
) {
  const [, ...words] = line.split(/\s+/);
  await promisify(execFile)(rclone, words, {
    env: {
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_OLD_TYPE: 's3',
      RCLONE_CONFIG_OLD_PROVIDER: 'Other',
      RCLONE_CONFIG_OLD_ENDPOINT: `http://127.0.0.1:${oldStore.port}`,
      RCLONE_CONFIG_OLD_ACCESS_KEY_ID: oldStore.accessKeyId,
      RCLONE_CONFIG_OLD_SECRET_ACCESS_KEY: oldStore.secretAccessKey,
      RCLONE_CONFIG_NEW_TYPE: 's3',
      RCLONE_CONFIG_NEW_PROVIDER: 'Ceph',
      RCLONE_CONFIG_NEW_ENDPOINT: endpoint,
      RCLONE_CONFIG_NEW_ACCESS_KEY_ID: accessKeyId,
      RCLONE_CONFIG_NEW_SECRET_ACCESS_KEY: secretAccessKey,
      // So that 11 MiB go in parts, as large files do.
      RCLONE_S3_UPLOAD_CUTOFF: '6Mi',
      RCLONE_S3_CHUNK_SIZE: '6Mi',
    },
  });
}

async function uploadInParts(client: Client, bytes: Uint8Array<ArrayBuffer>): Promise<FileView> {
  const file = { mimeType: 'video/mp4', size: bytes.length };
  const { key, uploadId } = await client.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    filename: 'film.mp4',
    contentType: file.mimeType,
    fileSize: file.size,
  });
  const half = 6 * 1024 * 1024;
  const parts = [];
  for (const partNumber of [1, 2]) {
    const wanted = { key, uploadId, partNumber };
    const path = '/v1/files/multipart/presigned-url';
    const { url = '' } = await client.ask<PresignPartsAnswer>('POST', path, wanted);
    const put = await putBytes(url, bytes.slice((partNumber - 1) * half, partNumber * half));
    parts.push({ partNumber, etag: put.headers.get('etag') });
  }
  await client.ask('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
  return await client.ask('POST', '/v1/files', { ...file, s3Key: key, originalName: 'film.mp4' });
}

async function download(client: Client, { id }: FileView): Promise<Response> {
  const { url } = await client.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`);
  return await fetch(url);
}

const stop = async (service: RunningService) => expect(await service.stop()).toBe(0);

it('a service moves to Ceph as docs/store.md says, and keeps every file', { timeout: 300_000 }, async () => {
  const [firstSync = '', lastSync = '', check = '', ...others] = await readRecipe();
  expect(others).toEqual([]);
  const film = new Uint8Array(randomBytes(11 * 1024 * 1024));
  const note = new TextEncoder().encode('안녕');

  const before = await start({});
  const { admin } = await createTenant(before);
  const oldStore = {
    port: before.env.BKEND_OBJECTS_PORT ?? '',
    ...(await readCommand<{ accessKeyId: string; secretAccessKey: string }>(
      ['store', 'keys', 'create', '--bucket', 'bkend', '--read-only'],
      before.env,
    )),
  };
  const early = await uploadInParts(admin, film);
  await follow(firstSync, oldStore);
  const late = await uploadFile(admin, { bytes: note, originalName: '메모.txt', mimeType: 'text/plain' });
  await stop(before);

  const alone = await start({ BKEND_OBJECTS_PORT: oldStore.port }, '--only', 'objects');
  const health = `http://127.0.0.1:${oldStore.port}/health/ready`;
  await eventually(
    'the store is up',
    async () => (await fetch(health).catch(() => undefined))?.ok || undefined,
  );
  await follow(lastSync, oldStore);
  await follow(check, oldStore);
  await stop(alone);

  await using after = await start(newStore);
  const client = createClient(after.apiUrl, admin.headers);
  const gotFilm = await download(client, early);
  expect(gotFilm.url).toContain(endpoint);
  expect(gotFilm.headers.get('content-type')).toBe('video/mp4');
  expect(Buffer.from(film).equals(Buffer.from(await gotFilm.arrayBuffer()))).toBe(true);
  const gotNote = await download(client, late);
  expect(gotNote.headers.get('content-type')).toBe('text/plain');
  expect(await gotNote.text()).toBe('안녕');
});
