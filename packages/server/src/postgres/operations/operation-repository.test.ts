import { sql } from 'kysely';
import { v7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, later, newTenant, newUpload, noon } from '../../../../test-support/src/samples/samples.ts';
import type { File } from '../../files/file.ts';
import type { Operation, OperationTask } from '../../files/operations/operation-repository.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { createOperationRepository } from './operation-repository.ts';

const { database } = await useTestDatabase();
const operations = createOperationRepository(database);

function newFile(tenant: Tenant, folder: string, fields: Partial<File> = {}): Promise<File> {
  const uploads = createUploadRepository(database);
  return insertFile(uploads, admin(tenant), { upload: newUpload(tenant), fields: { folder, ...fields } });
}

const start = (tenant: Tenant, task: OperationTask): Promise<Operation> =>
  operations.start({
    ...{ tenant, id: v7(), task, starter: { ownerId: 'api', ownerType: 'service' }, createdAt: noon },
  });

async function finish(operation: Operation, limit = 2): Promise<Operation> {
  for (;;) {
    await operations.changeNext(operation, { at: later(1), limit });
    const now = await operations.find(operation.tenant, operation.id);
    if (now === undefined) throw new Error('There is no such operation.');
    if (now.state !== 'running') return now;
  }
}

async function filesOf(tenant: Tenant) {
  const rows = await database.rows(sql<{ id: string; folder: string; visibility: string }>`
    select id, folder, visibility from bkend.files where tenant = ${tenant}`);
  return new Map(rows.map(({ id, folder, visibility }) => [id, visibility === 'trashed' ? 'trash' : folder]));
}
const change = (file: File, assignment: ReturnType<typeof sql>) =>
  database.rows(sql`update bkend.files set ${assignment} where id = ${file.id}`);

const tasks: readonly OperationTask[] = [
  { kind: 'move-folder', folder: 'a', destination: 'b' },
  { kind: 'trash-folder', folder: 'a' },
  { kind: 'delete-folder', folder: 'a' },
];

describe.each(tasks)('an operation ($kind)', (task) => {
  const stateAfter = {
    'move-folder': 'b',
    'trash-folder': 'trash',
    'delete-folder': undefined,
    'delete-all': undefined,
  };
  const after = stateAfter[task.kind];

  it('changes the files that were there when it began, and none that come later', async () => {
    const tenant = newTenant();
    const there = [await newFile(tenant, 'a'), await newFile(tenant, 'a'), await newFile(tenant, 'a/c')];
    const movedIn = await newFile(tenant, 'elsewhere');
    const restored = await newFile(tenant, 'a', { visibility: 'public' });
    await change(
      restored,
      sql`visibility = 'trashed', visibility_before_trash = 'public', deleted_at = ${noon}`,
    );
    const operation = await start(tenant, task);
    await operations.changeNext(operation, { at: later(1), limit: 1 });
    await change(movedIn, sql`folder = 'a'`);
    await change(restored, sql`visibility = 'public', visibility_before_trash = null, deleted_at = null`);
    // By a clock that is behind.
    const created = await newFile(tenant, 'a', { createdAt: new Date(noon.getTime() - 60_000) });
    expect(await finish(operation)).toMatchObject({ state: 'done', done: 3, failed: 0, total: 3 });
    const folders = await filesOf(tenant);
    expect([movedIn, restored, created].map(({ id }) => folders.get(id))).toEqual(['a', 'a', 'a']);
    const [first, second, below] = there.map(({ id }) => folders.get(id));
    expect([first, second, below]).toEqual([after, after, task.kind === 'move-folder' ? 'b/c' : after]);
  });

  it('leaves files that are no longer there, and ends', async () => {
    const tenant = newTenant();
    const [gone, left, trashed] = [
      await newFile(tenant, 'a'),
      await newFile(tenant, 'a'),
      await newFile(tenant, 'a'),
    ];
    await newFile(tenant, 'a');
    const operation = await start(tenant, task);
    await database.rows(sql`delete from bkend.files where id = ${gone.id}`);
    await change(left, sql`folder = 'elsewhere'`);
    await change(
      trashed,
      sql`visibility = 'trashed', visibility_before_trash = 'private', deleted_at = ${noon}`,
    );
    expect(await finish(operation)).toMatchObject({ state: 'done', done: 1, failed: 0, total: 4 });
    const folders = await filesOf(tenant);
    expect([left, trashed].map(({ id }) => folders.get(id))).toEqual(['elsewhere', 'trash']);
  });

  it('that two processes work at changes and counts each file once, and nothing after its end', async () => {
    const tenant = newTenant();
    for (let made = 0; made < 7; made++) await newFile(tenant, 'a');
    const operation = await start(tenant, task);
    const changed = await Promise.all(
      Array.from({ length: 8 }, () => operations.changeNext(operation, { at: later(1), limit: 2 })),
    );
    expect(await finish(operation)).toMatchObject({ state: 'done', done: 7, total: 7 });
    expect(changed.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(7);
    await newFile(tenant, 'a');
    expect(await operations.changeNext(operation, { at: later(2), limit: 2 })).toBe(0);
  });
});

it('two folders moved into each other are exchanged, each file once', async () => {
  const tenant = newTenant();
  const [one, other] = [await newFile(tenant, 'x'), await newFile(tenant, 'y')];
  const [forth, back] = [
    await start(tenant, { kind: 'move-folder', folder: 'x', destination: 'y/in' }),
    await start(tenant, { kind: 'move-folder', folder: 'y', destination: 'x/in' }),
  ];
  for (const each of [forth, back]) expect(await finish(each)).toMatchObject({ done: 1, total: 1 });
  const folders = await filesOf(tenant);
  expect([folders.get(one.id), folders.get(other.id)]).toEqual(['y/in', 'x/in']);
});

it('an operation that is forgotten leaves none of its files behind', async () => {
  const tenant = newTenant();
  await newFile(tenant, 'a');
  const operation = await start(tenant, { kind: 'delete-folder', folder: 'a' });
  await operations.countFailure(operation, { at: noon });
  await operations.removeEnded(later(1));
  const left = await database.rows(sql`
    select file_id from bkend.operation_files where operation_id = ${operation.id}`);
  expect(left).toEqual([]);
});

describe.each(tasks)('an operation that is asked for again ($kind)', (task) => {
  const running = async (tenant: Tenant) => {
    const rows = await database.rows(sql<{ id: string }>`
      select id from bkend.operations where tenant = ${tenant} and state = 'running'`);
    return rows.map(({ id }) => id);
  };

  it('while it runs is the same one, however many ask at once', async () => {
    const tenant = newTenant();
    for (let made = 0; made < 3; made++) await newFile(tenant, 'a');
    const started = await Promise.all(Array.from({ length: 5 }, () => start(tenant, task)));
    const ids = [...new Set(started.map(({ id }) => id))];
    expect(await running(tenant)).toEqual(ids);
    const [operation] = started;
    if (operation === undefined) throw new Error('There is no operation.');
    await operations.changeNext(operation, { at: later(1), limit: 1 });
    expect(await start(tenant, task)).toMatchObject({ id: operation.id, done: 1, total: 3 });
    expect(await finish(operation)).toMatchObject({ done: 3, total: 3 });
  });

  it('is another one for other callers, owners and folders, for files that came since, and after its end', async () => {
    const tenant = newTenant();
    for (const folder of ['a', 'a', 'c']) await newFile(tenant, folder);
    const first = await start(tenant, task);
    const alice = { ownerId: 'alice', ownerType: 'user' } as const;
    const others = [{ starter: alice }, { owner: alice }, { task: { ...task, folder: 'c' } }];
    for (const other of others) {
      const what = { tenant, id: v7(), task, starter: first.starter, createdAt: noon, ...other };
      expect((await operations.start(what)).id).toBe(what.id);
    }
    const late = await newFile(tenant, 'a');
    const second = await start(tenant, task);
    expect(second.id).not.toBe(first.id);
    await finish(first);
    await finish(second);
    expect((await filesOf(tenant)).get(late.id)).not.toBe('a');
    expect((await start(tenant, task)).id).not.toBe(second.id);
  });
});
