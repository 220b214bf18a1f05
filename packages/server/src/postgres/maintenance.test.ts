import { sql } from 'kysely';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import { registerUpload } from '../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
} from '../../../test-support/src/samples/samples.ts';
import type { File } from '../files/file.ts';
import type { FileRepository } from '../files/ports.ts';
import type { BytesRef, Maintenance } from '../jobs/ports.ts';
import type { PurgeOutbox } from '../jobs/purge-outbox.ts';
import { pendingKeyOf } from '../uploads/file-key.ts';
import type { UploadRepository } from '../uploads/ports.ts';
import type { Upload } from '../uploads/upload.ts';
import { createFileRepository } from './file-repository.ts';
import { createMaintenance } from './maintenance.ts';
import { createPurgeOutbox } from './outbox/purge-outbox.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';
import { createUsageLedger } from './usage/usage-ledger.ts';

let test: TestDatabase;
let uploads: UploadRepository;
let files: FileRepository;
let purges: PurgeOutbox;
let maintenance: Maintenance;
beforeEach(async () => {
  test = await createTestDatabase();
  uploads = createUploadRepository(test.database);
  files = createFileRepository(test.database);
  purges = createPurgeOutbox(test.database);
  maintenance = createMaintenance(test.database);
});
afterEach(() => test[Symbol.asyncDispose]());

async function announced(fields: Partial<Upload> = {}): Promise<Upload> {
  const upload = newUpload(newTenant(), fields);
  await uploads.insert(upload);
  return upload;
}

async function registered(fields: Partial<Upload> = {}): Promise<File> {
  const upload = await announced(fields);
  const file = await registerUpload(uploads, admin(upload.tenant), registrationOf(upload));
  // The purge of the upload's own bytes is not under test here.
  await test.database.rows(sql`delete from bkend.purges where key = ${pendingKeyOf(upload.key)}`);
  return file;
}

const bytesOf = ({ tenant, id, objectKey }: File): BytesRef => ({ tenant, id, objectKey });
const claimAll = { limit: 100, now: noon, leaseSeconds: 60 };

describe('the purge outbox', () => {
  it('keeps the purge of a removed file until it is finished', async () => {
    const file = await registered();
    expect(await purges.claim(claimAll)).toEqual([]);
    await files.remove(admin(file.tenant), [file.id]);
    const claimed = await purges.claim(claimAll);
    expect(claimed).toEqual([{ id: expect.any(String), key: file.objectKey, attempts: 0 }]);
    expect(await purges.claim(claimAll)).toEqual([]);
    await purges.finish(claimed.map(({ id }) => id));
    expect(await purges.claim({ ...claimAll, now: later(1_000_000) })).toEqual([]);
  });

  it('lets a purge be claimed again when its lease has ended', async () => {
    const file = await registered();
    await files.remove(admin(file.tenant), [file.id]);
    const first = await purges.claim(claimAll);
    expect(await purges.claim({ ...claimAll, now: later(59) })).toEqual([]);
    expect(await purges.claim({ ...claimAll, now: later(60) })).toEqual(first);
  });

  it('lets a failed purge be claimed again when it is due, and counts the failures', async () => {
    const file = await registered();
    await files.remove(admin(file.tenant), [file.id]);
    const [purge] = await purges.claim(claimAll);
    await purges.retry(purge?.id ?? '', { error: 'the store said \0 no', at: later(300) });
    expect(await purges.claim({ ...claimAll, now: later(299) })).toEqual([]);
    expect(await purges.claim({ ...claimAll, now: later(300) })).toEqual([{ ...purge, attempts: 1 }]);
  });

  it('purges an ended upload again an hour after its URL has expired, for a PUT that came late', async () => {
    const upload = await announced({ expiresAt: later(0), urlEndsAt: later(600) });
    await maintenance.expireUploads({ now: noon, limit: 10 });
    for (const now of [noon, later(600 + 3600)]) {
      const claimed = await purges.claim({ ...claimAll, now });
      expect(claimed).toMatchObject([{ key: pendingKeyOf(upload.key), attempts: 0 }]);
      await purges.finish(claimed.map(({ id }) => id));
      expect(await purges.claim({ ...claimAll, now: later(600 + 3599) })).toEqual([]);
    }
    expect(await purges.claim({ ...claimAll, now: later(1_000_000) })).toEqual([]);
  });

  it('gives each purge to one of many concurrent claims', async () => {
    const tenant = newTenant();
    const keys = Array.from({ length: 100 }, () => newUpload(tenant).key);
    expect(await purges.enqueue(keys)).toBe(100);
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => purges.claim({ ...claimAll, limit: 20 })),
    );
    const claimed = claims.flat().map(({ key }) => key);
    expect(new Set(claimed).size).toBe(claimed.length);
    const rest = await purges.claim({ ...claimAll, limit: 100 });
    expect([...claimed, ...rest.map(({ key }) => key)].sort()).toEqual(keys.sort());
  });

  it('queues each key once, and no key that this server never issued', async () => {
    const { key } = newUpload(newTenant());
    expect(await purges.enqueue([key, 'backups/2026.tar', `${key}/../x`])).toBe(1);
    expect(await purges.enqueue([key])).toBe(0);
  });
});

describe('maintenance', () => {
  it('ends expired uploads, aborted or not, and queues the purge of their bytes', async () => {
    const [old, aborted, young] = [
      await announced({ expiresAt: later(10), multipartId: '2~x' }),
      await announced({ expiresAt: later(10) }),
      await announced({ expiresAt: later(11) }),
    ];
    await uploads.abort(aborted.tenant, aborted.key);
    expect(await maintenance.expireUploads({ now: later(10), limit: 1 })).toBe(1);
    expect(await maintenance.expireUploads({ now: later(10), limit: 10 })).toBe(1);
    expect(await maintenance.expireUploads({ now: later(10), limit: 10 })).toBe(0);
    expect(await uploads.find(old.tenant, old.key)).toBeUndefined();
    expect(await uploads.find(young.tenant, young.key)).toEqual(young);
    const claimed = await purges.claim(claimAll);
    expect(claimed.map(({ key, multipartId }) => [key, multipartId]).sort()).toEqual(
      [
        [old.key, '2~x'],
        [pendingKeyOf(aborted.key), undefined],
      ].sort(),
    );
  });

  it('removes expired temp files, their usage and their bytes', async () => {
    const old = await registered({ category: 'temp' });
    const young = await registered({ category: 'temp', createdAt: later(1) });
    const kept = await registered({ category: 'images' });
    const other = await registered({ category: 'temp' });
    expect((await maintenance.tenantsWithTempFiles()).sort()).toEqual(
      [old.tenant, young.tenant, other.tenant].sort(),
    );
    const expire = ({ tenant }: File) =>
      maintenance.expireTempFiles({ tenant, createdBefore: young.createdAt, limit: 10 });
    expect([await expire(old), await expire(young), await expire(kept)]).toEqual([1, 0, 0]);
    expect(await files.find(old.tenant, old.id)).toBeUndefined();
    for (const file of [young, kept, other]) {
      expect(await files.find(file.tenant, file.id)).toEqual(file);
    }
    expect(await files.count(admin(old.tenant), {})).toEqual({ total: 0, isExact: true });
    expect(await purges.claim(claimAll)).toMatchObject([{ key: old.objectKey }]);
  });

  it('removes files whose bytes are lost, and queues no purge', async () => {
    const [lost, kept] = [await registered(), await registered()];
    const gone = bytesOf(lost);
    expect(await maintenance.removeLost([gone, { ...bytesOf(kept), id: v7() }])).toBe(1);
    expect(await maintenance.removeLost([gone])).toBe(0);
    expect(await files.find(lost.tenant, lost.id)).toBeUndefined();
    expect(await createUsageLedger(test.database).read(lost.tenant)).toEqual([]);
    expect(await files.find(kept.tenant, kept.id)).toEqual(kept);
    expect(await purges.claim(claimAll)).toEqual([]);
  });

  it('changes no record of bytes that have been replaced since they were looked at', async () => {
    const replaced = await registered();
    const before = bytesOf(replaced);
    await test.database.rows(sql`
      update bkend.files set object_key = ${`${replaced.objectKey}~2`}, etag = 'new' where id = ${replaced.id}`);
    const now = await files.find(replaced.tenant, replaced.id);
    expect([
      await maintenance.removeLost([before]),
      await maintenance.markLost([before], noon),
      await maintenance.markFound([before]),
      await maintenance.correct(before, { etag: 'old', sizeBytes: 1 }),
    ]).toEqual([0, 0, 0, 0]);
    expect(await files.find(replaced.tenant, replaced.id)).toEqual(now);
    await test.database.rows(sql`
      insert into bkend.versions (tenant, file_id, version, version_id, object_key, etag, size_bytes, mime_type, created_at, created_by,
        replaced_at)
      values (${replaced.tenant}, ${replaced.id}, 1, ${v7()}, ${replaced.objectKey}, 'old', 7, 'image/png', ${noon}, 'alice', ${noon})`);
    const other = { ...before, objectKey: `${replaced.objectKey}~3`, version: 1 };
    expect(await maintenance.removeLost([other])).toBe(0);
    expect(await maintenance.removeLost([{ ...other, objectKey: replaced.objectKey }])).toBe(1);
  });

  it('lists every tenant, and every key of its files, uploads and purges, page by page in byte order', async () => {
    const tenants = ['a/dev', 'a/dev-2', 'a-b/dev', 'a/prod', 'ab/staging', 'b/dev'] as const;
    const known: { key: string; kind: string }[] = [];
    for (const tenant of tenants) {
      for (let index = 0; index < 4; index += 1) {
        const upload = newUpload(tenant);
        await uploads.insert(upload);
        if (index === 0) {
          known.push({ key: upload.key, kind: 'upload' });
          continue;
        }
        const registration = registrationOf(upload);
        const file = await registerUpload(uploads, admin(tenant), registration);
        if (index === 1) await files.remove(admin(tenant), [registration.id]);
        known.push({ key: file.objectKey, kind: index === 1 ? 'purge' : 'file' });
      }
    }
    known.sort((a, b) => Buffer.from(a.key).compare(Buffer.from(b.key)));
    expect((await maintenance.knownTenants()).sort()).toEqual([...tenants].sort());
    for (const tenant of tenants) {
      for (const limit of [1, 3, 100]) {
        const read: { key: string; kind: string }[] = [];
        for (;;) {
          const after = read.at(-1)?.key;
          const page = await maintenance.knownKeys({ tenant, limit, ...(after !== undefined && { after }) });
          read.push(...page.map(({ key, kind }) => ({ key, kind })));
          if (page.length < limit) break;
        }
        expect(read).toEqual(known.filter(({ key }) => key.startsWith(`${tenant}/`)));
      }
    }
  });

  it('names the file that a key belongs to, and its creation', async () => {
    const file = await registered();
    expect(await maintenance.knownKeys({ tenant: file.tenant, limit: 10 })).toEqual([
      {
        key: file.objectKey,
        kind: 'file',
        createdAt: file.createdAt,
        record: {
          tenant: file.tenant,
          id: file.id,
          objectKey: file.objectKey,
          etag: file.etag,
          sizeBytes: file.sizeBytes,
          isLost: false,
        },
      },
    ]);
  });

  it('finds the multipart ids that uploads and purges refer to', async () => {
    await announced({ multipartId: 'open' });
    await announced({ multipartId: 'ended', expiresAt: later(-1) });
    await maintenance.expireUploads({ now: noon, limit: 10 });
    expect(await maintenance.knownMultipartIds(['open', 'ended', 'foreign'])).toEqual(
      new Set(['open', 'ended']),
    );
  });
});
