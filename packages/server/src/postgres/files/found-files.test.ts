import { type BulkChange, defaultLimits } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, newTenant, newUpload, noon, user } from '../../../../test-support/src/samples/samples.ts';
import { bulkDelete, bulkRestore } from '../../files/bulk/bulk-delete.ts';
import { bulkUpdate } from '../../files/bulk/bulk-update.ts';
import type { File } from '../../files/file.ts';
import type { FileRepository } from '../../files/ports.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { settingsInForce } from '../../projects/environment-settings.ts';

const { database, uploads, files } = await useTestDatabase();

const newFile = (tenant: Tenant): Promise<File> =>
  insertFile(uploads, admin(tenant), {
    upload: newUpload(tenant, { folder: 'trips/2026' }),
    fields: { sizeBytes: 7, originalName: 'beach.png', metadata: { tags: ['old'] } },
  });

const rowsOf = (tenant: Tenant) =>
  database.rows(sql<{ id: string }>`select * from bkend.files where tenant = ${tenant} order by id`);

async function isOneWaiting(): Promise<boolean> {
  const [row] = await database.rows(sql<{ waiting: number }>`
    select count(*) as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`);
  return row !== undefined && row.waiting > 0;
}

/**
 * Dependencies of a bulk call. Another transaction changes a file once the call has found it, and is committed when the call waits
 * for it; `changed` is its row then.
 */
function changingMeanwhile(file: File, set: RawBuilder<unknown>) {
  let changed: Promise<unknown> | undefined;
  const findManageable: FileRepository['findManageable'] = async (...request) => {
    const found = await files.findManageable(...request);
    await new Promise<void>((resolve, reject) => {
      changed = database.transaction(async (transaction) => {
        const { rows } = await sql`
          update bkend.files set ${set} where id = ${file.id} returning *`.execute(transaction);
        resolve();
        await expect.poll(isOneWaiting, { timeout: 5_000 }).toBe(true);
        return rows[0];
      });
      changed.catch(reject);
    });
    return found;
  };
  return {
    deps: {
      files: { ...files, findManageable },
      clock: () => noon,
      limits: defaultLimits,
      findSettings: async () => settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' }),
    },
    changed: () => changed,
  };
}

type Deps = ReturnType<typeof changingMeanwhile>['deps'];
type Call = (deps: Deps, caller: Caller) => Promise<unknown>;

/** The change makes one of two files match no more: the call changes the other alone. */
async function leavesTheChanged(call: Call, set: RawBuilder<unknown>, inTrash: boolean): Promise<void> {
  for (const kind of ['admin', 'user'] as const) {
    const tenant = newTenant();
    const caller = kind === 'admin' ? admin(tenant) : user(tenant, 'alice');
    const [changed, other] = [await newFile(tenant), await newFile(tenant)];
    if (inTrash) await files.trash(caller, [changed.id, other.id], noon);
    const before = (await rowsOf(tenant)).find(({ id }) => id === other.id);
    const meanwhile = changingMeanwhile(changed, set);
    expect(await call(meanwhile.deps, caller)).toEqual({ done: 1, failed: [], remaining: 0 });
    const after = await rowsOf(tenant);
    expect(after.find(({ id }) => id === changed.id)).toEqual(await meanwhile.changed());
    expect(after.find(({ id }) => id === other.id)).not.toEqual(before);
  }
}

const moved = sql`folder = 'elsewhere'`;
const restored = sql`visibility = 'private', deleted_at = null, visibility_before_trash = null`;
const trashed = sql`visibility = 'trashed', deleted_at = ${noon}, visibility_before_trash = 'private'`;
const inFolder = { folder: 'trips/2026' };
const set: BulkChange = { visibility: 'public', addTags: ['new'] };

describe('a bulk call by filter leaves a file that matches no more when its turn comes', () => {
  it.each<[string, Call, RawBuilder<unknown>, boolean]>([
    ['update, moved', (deps, caller) => bulkUpdate(deps, caller, { filter: inFolder, set }), moved, false],
    ['update, trashed', (deps, caller) => bulkUpdate(deps, caller, { filter: {}, set }), trashed, false],
    ['delete, moved', (deps, caller) => bulkDelete(deps, caller, { filter: inFolder }), moved, false],
    ['delete, trashed', (deps, caller) => bulkDelete(deps, caller, { filter: {} }), trashed, false],
    [
      'delete of the trash, restored',
      (deps, caller) => bulkDelete(deps, caller, { filter: { trash: true } }),
      restored,
      true,
    ],
    [
      'into the trash, moved',
      (deps, caller) => bulkDelete(deps, caller, { filter: inFolder, trash: true }),
      moved,
      false,
    ],
    ['restore, moved', (deps, caller) => bulkRestore(deps, caller, { filter: inFolder }), moved, true],
    ['restore, restored', (deps, caller) => bulkRestore(deps, caller, { filter: {} }), restored, true],
  ])('%s', (_, call, change, inTrash) => leavesTheChanged(call, change, inTrash));

  it.each<[object, RawBuilder<unknown>]>([
    [{ folder: 'trips', recursive: true }, moved],
    [{ visibility: 'private' }, sql`visibility = 'public'`],
    [{ category: 'images' }, sql`category = 'exports'`],
    [{ tag: 'old' }, sql`tags = '{}'`],
    [{ search: 'bea' }, sql`original_name = 'sea.png', search_name = 'sea.png'`],
    [{ search: 'b' }, sql`original_name = 'sea.png', search_name = 'sea.png'`],
    [{ mimeType: 'image/*' }, sql`mime_type = 'video/mp4'`],
    [{ maxSize: 7 }, sql`size_bytes = 8`],
    [{ minSize: 7 }, sql`size_bytes = 6`],
  ])('by %j', (filter, change) =>
    leavesTheChanged((deps, caller) => bulkDelete(deps, caller, { filter }), change, false),
  );
});
