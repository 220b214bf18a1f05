import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { replaceSample } from '../../../../test-support/src/samples/replace-sample.ts';
import { admin } from '../../../../test-support/src/samples/samples.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { createFileRepository } from '../file-repository.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { createUsageLedger } from '../usage/usage-ledger.ts';
import { createVersionRepository } from '../versions/version-repository.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';
const id = '00000000-0000-7000-8000-000000000001';
const key = `t/dev/documents/2026/01/${id}.txt`;

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
let database: Database;
beforeAll(async () => {
  empty = await createEmptyDatabase();
  database = new Database({ url: empty.url });
  await migrate({ url: empty.url }, { before: '0009-versions' });
  await database.rows(sql`
    with created as (
      insert into bkend.files (id, tenant, key, object_key, original_name, search_name, mime_type, size_bytes, visibility,
        bucket, category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at)
      values (${id}, ${tenant}, ${key}, ${key}, 'n', 'n', 'text/plain', 5, 'private', 'files', 'documents', '{}', '{}',
        'alice', 'user', '{}', 'e', '2026-01-01T00:00:00Z', now())
      returning *
    )
    insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, mime_type, month, tags, files, bytes)
    select tenant, owner_id, owner_type, visibility, category, mime_type, '2026-01', tags, 1, size_bytes from created`);
  await migrate({ url: empty.url });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await empty[Symbol.asyncDispose]();
});

describe('a file of the version before', () => {
  it('has contents that become its first version, by its owner and of its creation', async () => {
    const files = createFileRepository(database);
    const file = await files.find(tenant, id);
    expect(file).toMatchObject({ version: 1, versionId: id });
    if (file === undefined) return;
    await replaceSample(createUploadRepository(database), file, { sizeBytes: 7 });
    const versions = createVersionRepository(database);
    expect(await versions.list({ tenant, id }, { limit: 10 })).toEqual([
      {
        ...{ versionId: id, version: 1, objectKey: key, mimeType: 'text/plain', sizeBytes: 5, etag: 'e' },
        ...{ createdAt: new Date('2026-01-01T00:00:00Z'), createdBy: 'alice' },
      },
    ]);
    expect(await createUsageLedger(database).read(tenant)).toMatchObject([{ bytes: 5 }, { bytes: 7 }]);
    await files.remove(admin(tenant), [id]);
    expect(await createUsageLedger(database).read(tenant)).toEqual([]);
  });
});
