import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { FileView } from '@bkend/storage-contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { credentials, type RunningStore, startStore } from '../../../store/test/running-store.ts';
import { openBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { createDatabase } from '../../../test-support/src/postgres/new-database.ts';
import { startTestServer, type TestServer } from '../../../test-support/src/postgres/test-server.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { readBytes, runImport } from './moving.ts';

let foreign: RunningStore;
let server: TestServer;
let tenant: Tenant;
beforeAll(async () => {
  [foreign, server, tenant] = await Promise.all([startStore(), startTestServer(), createTenant()]);
});
afterAll(async () => {
  await foreign[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** The usual variables, as the AWS command line reads them. */
const env = () => ({
  AWS_ENDPOINT_URL: foreign.endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

async function put(bucket: string, key: string, body: string, type = 'text/plain'): Promise<void> {
  await foreign.client.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type }),
  );
}

describe('import of a bucket', () => {
  it('keeps keys, types and dates, streams the bytes, and does only what is missing when it runs again', async () => {
    await put('bucket', 'site/2019/사진 a+b.txt', 'in a folder');
    await put('bucket', 'site/index.html', '<p>', 'text/html');
    await put('bucket', 'site/folder/', '');
    await put('bucket', 'elsewhere.txt', 'not below the prefix');
    const { code, counts } = await runImport(tenant, 's3://bucket/site/', {
      env: env(),
      words: ['--owner', 'alice'],
    });
    expect({ code, counts }).toMatchObject({ code: 0, counts: { imported: 2, failed: 0 } });
    const { items } = await tenant.admin.ask<{ items: FileView[] }>(
      'GET',
      '/v1/files?sortBy=originalName&sortDirection=asc',
    );
    expect(items.map(({ s3Key }) => s3Key)).toEqual(['site/index.html', 'site/2019/사진 a+b.txt']);
    expect(items[1]).toMatchObject({
      ...{ folder: 'site/2019', originalName: '사진 a+b.txt', mimeType: 'text/plain', size: 11 },
      ...{ ownerId: 'alice', ownerType: 'user', visibility: 'private' },
    });
    expect(String(await readBytes(tenant.admin, items[1]?.id ?? ''))).toBe('in a folder');
    await put('bucket', 'site/new.txt', 'new');
    expect((await runImport(tenant, 's3://bucket/site/', { env: env() })).counts).toMatchObject({
      ...{ imported: 1, present: 2 },
    });
  });

  it('copies within the store where it is the service’s own, and leaves the service’s own objects out', async () => {
    const own = await createTenant();
    const { env, objectsUrl } = inject('service');
    await using store = await openBucket({ env, objectsUrl, dataDir: env.BKEND_DATA_DIR ?? '' });
    const prefix = `own-${randomUUID()}`;
    await store.put({ key: `${prefix}/a.txt`, contentType: 'text/plain', body: 'copied' });
    const words = ['--endpoint', inject('service').objectsUrl];
    const { code, counts } = await runImport(own, `s3://bkend/${prefix}`, { words });
    expect({ code, counts }).toMatchObject({ code: 0, counts: { imported: 1 } });
    const { items } = await own.admin.ask<{ items: FileView[] }>('GET', '/v1/files');
    expect(String(await readBytes(own.admin, items[0]?.id ?? ''))).toBe('copied');
    expect((await runImport(own, `s3://bkend/${own.project}`, { words })).counts).toMatchObject({
      imported: 0,
    });
  });

  it('says what is wrong with a bucket that is not there, and with a URL that names none', async () => {
    const gone = await runImport(tenant, 's3://no-such-bucket/', { env: env() });
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('no-such-bucket') });
    expect(await runImport(tenant, 's3://', { env: env() })).toMatchObject({ code: 1 });
  });
});

/** `storage.buckets` and `storage.objects` with the columns that an import reads, as Supabase's public migrations have them. */
const schema = `
  create schema storage;
  create table storage.buckets (
    id text primary key, name text not null, owner uuid, created_at timestamptz default now(),
    updated_at timestamptz default now(), public boolean default false, file_size_limit bigint, allowed_mime_types text[]
  );
  create table storage.objects (
    id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets (id), name text, owner uuid,
    created_at timestamptz default now(), updated_at timestamptz default now(), last_accessed_at timestamptz default now(),
    metadata jsonb, path_tokens text[] generated always as (string_to_array(name, '/')) stored, version text,
    owner_id text, user_metadata jsonb
  );
  insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true), ('docs', 'docs', false);`;

describe('import of Supabase Storage', () => {
  it.each(['', 'alter table storage.objects drop column owner_id, drop column user_metadata'])(
    'keeps ids, owners, dates and metadata; files of public buckets are public (%s)',
    async (change) => {
      const at = await createTenant();
      const [photo, letter] = [randomUUID(), randomUUID()];
      const alice = randomUUID();
      await using database = await createDatabase(server.url, 'template0');
      const client = new pg.Client(database.url);
      await client.connect();
      await client.query(schema);
      await client.query(
        `insert into storage.objects (id, bucket_id, name, owner, owner_id, created_at, updated_at, metadata, user_metadata)
         values ($1, 'avatars', 'me/photo 1.png', $3, $4, '2022-01-02T03:04:05.678Z', '2022-02-02T03:04:05.678Z',
                 '{"size": 5, "mimetype": "image/png", "eTag": "\\"x\\""}', '{"shot": "on film"}'),
                ($2, 'docs', 'letter.txt', null, null, '2023-01-02T03:04:05Z', '2023-01-02T03:04:05Z', '{"mimetype": "text/plain"}', null),
                (gen_random_uuid(), 'docs', 'empty/.emptyFolderPlaceholder', null, null, now(), now(), '{}', null),
                (gen_random_uuid(), 'docs', 'gone.txt', null, null, now(), now(), '{"mimetype": "text/plain"}', null)`,
        [photo, letter, alice, alice],
      );
      if (change !== '') await client.query(change);
      await client.end();
      for (const bucket of ['avatars', 'docs']) {
        await foreign.client.send(new CreateBucketCommand({ Bucket: bucket })).catch(() => undefined);
      }
      await put('avatars', 'me/photo 1.png', '\0HOTO', 'image/png');
      await put('docs', 'letter.txt', 'Hello Bob');
      const run = () => runImport(at, 'supabase', { env: { ...env(), SUPABASE_DB_URL: database.url } });
      const { code, counts, failures } = await run();
      expect({ code, counts }).toMatchObject({ code: 1, counts: { imported: 2, failed: 1 } });
      expect(failures[0]).toMatchObject({ at: 'storage.objects docs/gone.txt' });
      expect(await at.admin.ask('GET', `/v1/files/${photo}`)).toMatchObject({
        ...{
          s3Key: 'avatars/me/photo 1.png',
          originalName: 'photo 1.png',
          folder: 'avatars/me',
          mimeType: 'image/png',
        },
        ...{ ownerId: alice, visibility: 'public', createdAt: '2022-01-02T03:04:05.678Z', size: 5 },
        ...{
          updatedAt: '2022-02-02T03:04:05.678Z',
          metadata: change === '' ? { custom: { shot: 'on film' } } : {},
        },
      });
      expect(await at.admin.ask('GET', `/v1/files/${letter}`)).toMatchObject({
        ...{ s3Key: 'docs/letter.txt', visibility: 'private', ownerId: 'import', ownerType: 'service' },
      });
      expect(String(await readBytes(at.admin, photo))).toBe('\0HOTO');
      expect((await run()).counts).toMatchObject({ imported: 0, present: 2, failed: 1 });
    },
  );
});
