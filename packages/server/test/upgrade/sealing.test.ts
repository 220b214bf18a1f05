import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadUrlAnswer, FileView } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { openBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import type { ObjectStore } from '../../src/files/object-store.ts';
import {
  type Contents,
  type RecordedUpload,
  readContents,
  unpackDataDirectory,
  upgradeKey,
} from './unpack-data-directory.ts';

let service: RunningService;
let bucket: ObjectStore & AsyncDisposable;
let contents: Contents;
let dataDir: string | undefined;

beforeAll(async () => {
  contents = await readContents();
  dataDir = await unpackDataDirectory();
  service = await startService({ dataDir });
  bucket = await openBucket(service);
});
afterAll(async () => {
  await bucket?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
  if (dataDir) await rm(join(dataDir, '..'), { recursive: true, force: true });
});

function adminOf(tenant: string): Client {
  return createClient(service.apiUrl, { 'X-API-Key': upgradeKey(tenant, 'secret') });
}

/** An upload URL of the first release: a PUT to the key itself, any number of times until it expires. */
async function putByOldUrl(upload: { key: string; mimeType: string }, bytes: Uint8Array<ArrayBuffer>) {
  const { key, mimeType: contentType } = upload;
  return putBytes(await bucket.presignPut({ key, contentType, expiresInSeconds: 60 }), bytes, contentType);
}

async function read(client: Client, id: string): Promise<string> {
  const { url } = await client.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`);
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return sha256(new Uint8Array(await answer.arrayBuffer()));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function objectKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.listObjects()) keys.push(key);
  return keys;
}

function uploadsIn(...states: RecordedUpload['state'][]): RecordedUpload[] {
  return contents.uploads.filter(({ state }) => states.includes(state));
}

function register(upload: RecordedUpload): Promise<FileView> {
  const { key: s3Key, originalName, mimeType, size } = upload;
  return adminOf(upload.tenant).ask('POST', '/v1/files', { s3Key, originalName, mimeType, size });
}

const others = new TextEncoder().encode('bytes of another time');

describe('uploads begun with the first release', () => {
  it('whose bytes had arrived are registered, sealed', async () => {
    const uploads = uploadsIn('sent', 'sent-unannounced', 'multipart-completed');
    expect(uploads.length).toBeGreaterThanOrEqual(3);
    for (const upload of uploads) {
      const file = await register(upload);
      if (upload.state !== 'multipart-completed') {
        expect((await putByOldUrl(upload, others)).status).toBe(200);
      }
      expect(file.s3Key).toBe(upload.key);
      expect(await read(adminOf(upload.tenant), file.id)).toBe(upload.sha256);
    }
  });

  it('whose bytes arrive now are registered, sealed', async () => {
    for (const upload of uploadsIn('presigned')) {
      const bytes = new Uint8Array(upload.size).fill(65);
      expect((await putByOldUrl(upload, bytes)).status).toBe(200);
      const file = await register(upload);
      expect((await putByOldUrl(upload, new Uint8Array(upload.size).fill(66))).status).toBe(200);
      expect(await read(adminOf(upload.tenant), file.id)).toBe(sha256(bytes));
    }
  });

  it('in parts go on where they were, and are completed', async () => {
    for (const { tenant, key, uploadId } of uploadsIn('multipart-open')) {
      const admin = adminOf(tenant);
      const query = new URLSearchParams({ key, uploadId: uploadId ?? '' });
      const { parts } = await admin.ask<{ parts: { partNumber: number; etag: string; size: number }[] }>(
        'GET',
        `/v1/files/multipart/parts?${query}`,
      );
      expect(parts.length).toBeGreaterThan(0);
      const wanted = parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
      await admin.ask('POST', '/v1/files/multipart/complete', { key, uploadId, parts: wanted });
    }
  });
});

it('files registered a minute before the upgrade are sealed, at the addresses that they had', async () => {
  const single = contents.files.filter(({ etag }) => !etag.includes('-'));
  await eventually(
    'their bytes have been copied',
    async () => {
      const keys = await objectKeys();
      return single.every((file) => keys.some((key) => key.startsWith(`${file.key}~`))) || undefined;
    },
    { withinSeconds: 30 },
  );
  for (const file of single) {
    expect((await putByOldUrl(file, others)).status).toBe(200);
    const admin = adminOf(file.tenant);
    expect(await admin.ask('GET', `/v1/files/${file.id}`)).toMatchObject({
      s3Key: file.key,
      etag: file.etag,
      size: file.size,
      updatedAt: expect.any(String),
    });
    expect(await read(admin, file.id)).toBe(file.sha256);
    if (file.visibility !== 'public') continue;
    const shown = await fetch(`${service.imagesUrl}/${file.key}`);
    expect(sha256(new Uint8Array(await shown.arrayBuffer()))).toBe(file.sha256);
  }
});
