import { EventEmitter, once } from 'node:events';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { settledEvents } from '../../../../test-support/src/postgres/settled-events.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { registerUpload } from '../../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import type { FileChange } from '../../files/ports.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Registration } from '../../uploads/ports.ts';
import { createMaintenance } from '../maintenance.ts';
import { createEventRepository } from './event-repository.ts';
import { recordingEvents } from './recording-events.ts';

const { database, uploads, files } = await useTestDatabase();
const events = createEventRepository(database);

async function register(tenant: Tenant, fields: Partial<Registration> = {}) {
  const upload = newUpload(tenant);
  await uploads.insert(upload);
  const file = await registerUpload(uploads, user(tenant, 'alice'), registrationOf(upload, fields));
  if (file === undefined) throw new Error('not registered');
  return file;
}

async function readAll(tenant: Tenant, userId?: string) {
  await settledEvents(database);
  const page = await events.read({ tenant, ...(userId !== undefined && { userId }), after: 0, limit: 1_000 });
  return page.events;
}

/** The events of a tenant in short. */
async function summaryOf(tenant: Tenant, userId?: string) {
  return (await readAll(tenant, userId)).map(({ type, changed, userIds }) =>
    [type, ...(changed ? [changed.join('+')] : []), ...(userIds ? [userIds.join('+')] : [])].join(' '),
  );
}

const change = (tenant: Tenant, id: string, said: FileChange, at = later(100)) =>
  files.change({ tenant, id, at }, () => said);

describe('events', () => {
  it('record every change, with the file as it then is', async () => {
    const tenant = newTenant();
    const { id, ...file } = await register(tenant, { metadata: { custom: { nul: '\0', b: 1, a: 2 } } });
    await change(tenant, id, { originalName: 'b.png', visibility: 'public' });
    await change(tenant, id, { originalName: 'b.png' }, later(200));
    await files.trash(admin(tenant), [id], later(300));
    await files.trash(admin(tenant), [id], later(301));
    await files.restore(admin(tenant), [id]);
    await files.remove(admin(tenant), [id]);
    expect(await summaryOf(tenant)).toEqual([
      'file.created',
      'file.updated originalName+visibility',
      'file.updated ',
      'file.trashed deletedAt',
      'file.restored deletedAt',
      'file.deleted',
    ]);
    const all = await readAll(tenant);
    expect(all[0]?.file).toEqual({ id, ...file, sortName: '' });
    expect(all[3]?.file).toMatchObject({ visibility: 'public', deletedAt: later(300) });
    expect(all[5]?.file).toMatchObject({ id, originalName: 'b.png', updatedAt: later(200) });
    expect(all.every((event) => event.fileId === id && event.ownerId === 'alice')).toBe(true);
    const ids = all.map((event) => event.id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  it('have ids in order where several statements of one transaction write some', async () => {
    const tenant = newTenant();
    const [first, second, third] = [await register(tenant), await register(tenant), await register(tenant)];
    for (const { id } of [first, second, third])
      await files.setAvatar({ tenant, userId: 'alice', id, at: later(100) });
    const summary = (await readAll(tenant)).slice(3).map(({ type, fileId }) => [type, fileId]);
    expect(summary).toEqual([
      ['file.updated', first.id],
      ['file.deleted', first.id],
      ['file.updated', second.id],
      ['file.deleted', second.id],
      ['file.updated', third.id],
    ]);
  });

  it('inform users about the files that are shared with them, while they are', async () => {
    const tenant = newTenant();
    const { id } = await register(tenant, { visibility: 'shared', sharedWith: ['bob', 'alice'] });
    await change(tenant, id, { sharedWith: ['bob', 'carol'] });
    await change(tenant, id, { originalName: 'secret.png', sharedWith: ['carol'] });
    await change(tenant, id, { visibility: 'private' }, later(200));
    await change(tenant, id, { visibility: 'shared' }, later(300));
    await files.remove(admin(tenant), [id]);
    expect(await summaryOf(tenant, 'alice')).toEqual([
      'file.created',
      'file.shared carol',
      'file.updated originalName+sharedWith',
      'file.unshared bob',
      'file.updated visibility',
      'file.unshared carol',
      'file.updated visibility',
      'file.shared carol',
      'file.deleted',
    ]);
    expect(await summaryOf(tenant, 'bob')).toEqual(['file.created', 'file.unshared bob']);
    const [, lost] = await readAll(tenant, 'bob');
    expect(lost?.formerFile?.originalName).toBe('photo.png');
    expect(await summaryOf(tenant, 'carol')).toEqual([
      'file.shared carol',
      'file.updated originalName+sharedWith',
      'file.unshared carol',
      'file.shared carol',
      'file.deleted',
    ]);
    expect(await summaryOf(tenant, 'dave')).toEqual([]);
    expect(await summaryOf(newTenant(), 'alice')).toEqual([]);
  });

  it('record uploads that expire, and what others write', async () => {
    const tenant = newTenant();
    const upload = newUpload(tenant);
    await uploads.insert(upload);
    await createMaintenance(database).expireUploads({ now: later(60 * 60 * 48), limit: 100 });
    const { id } = await register(tenant);
    const error = { code: 'file/content-refused', message: 'Eicar' };
    await events.record([
      { tenant, type: 'file.scanned', fileId: id },
      { tenant, type: 'quota.reached', owner: { ownerId: 'bob', ownerType: 'user' }, details: { used: 3 } },
      { tenant, type: 'upload.refused', fileId: upload.key.slice(-40, -4), details: { error } },
    ]);
    const [expired, , scanned, quota, refused] = await readAll(tenant);
    expect(expired).toMatchObject({ type: 'upload.expired', ownerId: 'alice' });
    expect(expired?.upload).toMatchObject({ key: upload.key, sizeBytes: 1_234, createdAt: noon });
    expect(scanned).toMatchObject({ type: 'file.scanned', ownerId: 'alice', file: { id } });
    expect(quota).toMatchObject({ type: 'quota.reached', ownerId: 'bob', details: { used: 3 } });
    expect(refused?.details).toEqual({ error });
  });

  it('record uploads whose bytes are refused, with the error', async () => {
    const tenant = newTenant();
    const [refused, ended] = [newUpload(tenant), newUpload(tenant)];
    await Promise.all([refused, ended].map((upload) => uploads.insert(upload)));
    const error = { code: 'file/file-too-large', message: 'Too large.' } as const;
    for (let count = 0; count < 2; count += 1) await uploads.refuse(tenant, refused.key, error);
    await uploads.refuse(tenant, ended.key);
    expect(await readAll(tenant)).toMatchObject([
      { type: 'upload.refused', ownerId: 'alice', upload: { key: refused.key }, details: { error } },
    ]);
  });

  it('are read page by page, and by type, without a gap', async () => {
    const tenant = newTenant();
    const made = [await register(tenant), await register(tenant), await register(tenant)];
    await files.remove(
      admin(tenant),
      made.map(({ id }) => id),
    );
    await settledEvents(database);
    const found: string[] = [];
    for (let after = 0; ; ) {
      const page = await events.read({ tenant, after, limit: 2 });
      if (page.events.length === 0) break;
      found.push(...page.events.map(({ type }) => type));
      after = page.nextAfter;
    }
    expect(found).toEqual([...made.map(() => 'file.created'), ...made.map(() => 'file.deleted')]);
    const deleted = await events.read({ tenant, after: 0, limit: 2, types: ['file.deleted'] });
    expect(deleted.events.map(({ type }) => type)).toEqual(['file.deleted', 'file.deleted']);
    const rest = await events.read({ tenant, after: deleted.nextAfter, limit: 2, types: ['file.deleted'] });
    expect(rest.events).toHaveLength(1);
  });

  it('never appear below an id that was read, in whatever order transactions commit', async () => {
    const tenant = newTenant();
    const event = (name: string) => sql`
      with ${recordingEvents(sql`
        select ${tenant}::text as tenant, 'quota.reached' as type, null::text as owner_id, null::text as owner_type,
          null::text[] as readers, null::uuid as file_id, null::json as file,
          json_build_object('details', json_build_object('name', ${name}::text)) as data`)} select`;
    const names = async (after = 0) => {
      const page = await events.read({ tenant, after, limit: 100 });
      return { names: page.events.map(({ details }) => details?.name), nextAfter: page.nextAfter };
    };
    const open = async (name: string, isEarly: boolean) => {
      const end = new EventEmitter();
      const written = new EventEmitter();
      const done = database.transaction(async (transaction) => {
        if (isEarly) await sql`select pg_current_xact_id()`.execute(transaction);
        else await event(name).execute(transaction);
        setImmediate(() => written.emit('written'));
        await once(end, 'end');
        if (isEarly) await event(name).execute(transaction);
      });
      await once(written, 'written');
      const commit = () => {
        end.emit('end');
        return done;
      };
      return { commit };
    };
    const first = await open('first, which writes last', true);
    const second = await open('second', false);
    await database.rows(event('third'));
    expect((await names()).names).toEqual([]);
    await second.commit();
    const between = await names();
    expect(between.names).toEqual([]);
    await first.commit();
    await settledEvents(database);
    expect((await names(between.nextAfter)).names).toEqual(['first, which writes last', 'second', 'third']);
  });
});
