import type { FileView, OperationStarted, OperationView } from '@bkend/storage-contract';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { findFolder, listFiles } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;
let bob: Client;
beforeEach(async () => {
  tenant = await createTenant();
  [alice, bob] = [await tenant.user('alice'), await tenant.user('bob')];
});

/** Starts an operation, and waits until it has ended. */
async function operate(client: Client, method: 'POST' | 'DELETE', path: string, body?: unknown) {
  const { status, json } = await client.send<OperationStarted>(method, path, body);
  expect([status, json]).toEqual([202, { operationId: expect.any(String) }]);
  return eventually('the operation has ended', async () => {
    const operation = await client.ask<OperationView>('GET', `/v1/operations/${json.operationId}`);
    return operation.state === 'running' ? undefined : operation;
  });
}
const move = (client: Client, from: string, to: string) =>
  operate(client, 'POST', '/v1/folders/move', { from, to });
const pathOf = (folder: string) => `/v1/folders/${encodeURIComponent(folder)}`;

/** Folders of all files that the caller sees, by name. */
async function foldersOf(client: Client, query = {}) {
  const { items } = await listFiles(client, { limit: 100, ...query });
  return Object.fromEntries(items.map(({ originalName, folder }) => [originalName, folder]));
}
const put = (client: Client, originalName: string, folder: string, fields: object = {}) =>
  uploadFile(client, { originalName, folder, ...fields });

describe('moving a folder', () => {
  it('moves all that lies in it and below it, and nothing else', async () => {
    const there = await put(alice, 'there.txt', 'trips');
    await put(alice, 'below.txt', 'trips/2026/사진 😀');
    await put(alice, 'beside.txt', 'trips-old');
    await put(alice, 'root.txt', '');
    const trashed = await put(alice, 'trashed.txt', 'trips');
    await alice.ask('DELETE', `/v1/files/${trashed.id}?trash=true`);

    const operation = await move(alice, 'trips', 'archive/trips');
    expect(operation).toMatchObject({ state: 'done', done: 2, failed: 0, total: 2 });
    expect(await foldersOf(alice)).toEqual({
      'there.txt': 'archive/trips',
      'below.txt': 'archive/trips/2026/사진 😀',
      'beside.txt': 'trips-old',
      'root.txt': '',
    });
    expect(await alice.ask('GET', `/v1/files/${there.id}`)).toEqual({
      ...there,
      folder: 'archive/trips',
      updatedAt: expect.any(String),
    });
    expect(await findFolder(alice, 'trips')).toBeUndefined();
    expect(await findFolder(alice, 'archive/trips')).toMatchObject({ files: 1, hasChildren: true });
    expect(await alice.ask('POST', `/v1/files/${trashed.id}/restore`)).toMatchObject({ folder: 'trips' });
  });

  it('takes the caller’s own files, and for an admin those of all', async () => {
    await put(alice, 'a.txt', 'x', { visibility: 'shared', sharedWith: ['bob'] });
    await put(bob, 'b.txt', 'x', { visibility: 'public' });
    expect(await move(bob, 'x', 'y')).toMatchObject({ done: 1 });
    expect(await foldersOf(tenant.admin)).toEqual({ 'a.txt': 'x', 'b.txt': 'y' });
    expect(await foldersOf(bob)).toEqual({ 'a.txt': 'x', 'b.txt': 'y' });
    await move(tenant.admin, 'x', 'y');
    expect(await foldersOf(bob)).toEqual({ 'a.txt': 'y', 'b.txt': 'y' });
  });

  it('takes kept folders along', async () => {
    await alice.ask('PUT', pathOf('plans/2027/empty'));
    await alice.ask('PUT', pathOf('done/2027/empty'));
    await bob.ask('PUT', pathOf('plans/bob'));
    expect(await move(alice, 'plans', 'done')).toMatchObject({ state: 'done', total: 0 });
    expect(await findFolder(alice, 'plans')).toBeUndefined();
    expect(await findFolder(alice, 'done/2027/empty')).toBeDefined();
    expect(await findFolder(bob, 'plans/bob')).toBeDefined();
  });

  it('leaves files whose path would be too long, and counts them', async () => {
    await put(alice, 'fits.txt', 'deep/a');
    await put(alice, 'too-deep.txt', `deep/${'a/'.repeat(30)}a`);
    await put(alice, 'too-long.txt', `deep/${'x'.repeat(250)}/${'y'.repeat(250)}`);
    const operation = await move(alice, 'deep', 'one/two-three-four');
    expect(operation).toMatchObject({ state: 'done', done: 1, failed: 2, total: 3 });
    expect(Object.values(await foldersOf(alice)).filter((folder) => folder.startsWith('deep/'))).toHaveLength(
      2,
    );
  });

  it.each([
    ['itself', 'a/b', 'a/b', 'common/invalid-parameters'],
    ['a folder in it', 'a', 'a/b/c', 'common/invalid-parameters'],
    ['a folder that holds it', 'a/b', 'a', 'common/invalid-parameters'],
    ['the root', 'a', '', 'file/invalid-folder'],
    ['no path', 'a', 'b//c', 'file/invalid-folder'],
    ['a folder, being the root', '', 'a', 'file/invalid-folder'],
  ])('into %s is refused', async (_, from, to, code) => {
    expect(await alice.refusal('POST', '/v1/folders/move', { from, to })).toMatchObject({
      status: 400,
      code,
    });
  });
});

describe('deleting a folder', () => {
  it.each([
    ['for good', '', []],
    ['into the trash', '?trash=true', ['below.txt', 'there.txt']],
  ])('%s takes all that lies in it and below it, and what is kept', async (_, query, inTrash) => {
    const gone = await put(alice, 'there.txt', 'trips', { visibility: 'public' });
    await put(alice, 'below.txt', 'trips/2026');
    await put(alice, 'beside.txt', 'trips-old');
    await put(bob, 'other.txt', 'trips', { visibility: 'public' });
    await alice.ask('PUT', pathOf('trips/empty'));

    const operation = await operate(alice, 'DELETE', pathOf('trips') + query);
    expect(operation).toMatchObject({ state: 'done', done: 2, failed: 0, total: 2 });
    expect(await foldersOf(alice)).toEqual({ 'beside.txt': 'trips-old', 'other.txt': 'trips' });
    expect(Object.keys(await foldersOf(alice, { trash: 'true' })).sort()).toEqual(inTrash);
    expect(await findFolder(alice, 'trips/empty')).toBeUndefined();
    expect(await bob.refusal('GET', `/v1/files/${gone.id}`)).toMatchObject({ code: 'file/not-found' });
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({ files: 1 + inTrash.length });
  });

  it('leaves the trash as it is', async () => {
    const { id } = await put(alice, 'trashed.txt', 'trips');
    await alice.ask('DELETE', `/v1/files/${id}?trash=true`);
    expect(await operate(alice, 'DELETE', pathOf('trips'))).toMatchObject({ state: 'done', total: 0 });
    expect(await alice.ask<FileView>('POST', `/v1/files/${id}/restore`)).toMatchObject({ folder: 'trips' });
  });

  it('is refused for the root', async () => {
    expect(await alice.refusal('DELETE', '/v1/folders/')).toMatchObject({ code: 'file/invalid-folder' });
  });
});

describe('deleting all files of a user', () => {
  it('takes the trash and kept folders along, and nothing of others', async () => {
    await put(alice, 'a.txt', 'x');
    const { id } = await put(alice, 'b.txt', '');
    await alice.ask('DELETE', `/v1/files/${id}?trash=true`);
    await alice.ask('PUT', pathOf('kept'));
    await put(bob, 'c.txt', 'x', { visibility: 'shared', sharedWith: ['alice'] });
    expect(await operate(tenant.admin, 'DELETE', '/v1/users/alice/files')).toMatchObject({
      done: 2,
      total: 2,
    });
    expect(await foldersOf(alice)).toEqual({ 'c.txt': 'x' });
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({ files: 0, bytes: 0 });
    expect(await findFolder(tenant.admin, 'kept')).toBeUndefined();
  });

  it('is for admins', async () => {
    for (const path of ['/v1/users/alice/files', '/v1/users/bob/files']) {
      expect(await alice.refusal('DELETE', path)).toMatchObject({ status: 403, code: 'user/forbidden' });
    }
    expect(await tenant.guest.refusal('DELETE', '/v1/users/alice/files')).toMatchObject({ status: 401 });
  });
});

describe('an operation', () => {
  it('is for its starter and for admins; to others there is none', async () => {
    const started = await alice.ask<OperationStarted>('POST', '/v1/folders/move', { from: 'a', to: 'b' });
    const path = `/v1/operations/${started.operationId}`;
    const view = await alice.ask('GET', path);
    expect(view).toMatchObject({ id: started.operationId, done: 0, failed: 0, total: 0 });
    expect(await tenant.admin.ask('GET', path)).toEqual(view);
    expect(await alice.ask('GET', path.toUpperCase().replace('/V1/OPERATIONS', '/v1/operations'))).toEqual(
      view,
    );
    const elsewhere = await createTenant();
    for (const other of [bob, elsewhere.admin, await elsewhere.user('alice')]) {
      expect(await other.refusal('GET', path)).toMatchObject({
        status: 404,
        code: 'file/operation-not-found',
      });
    }
    const ofAdmin = await tenant.admin.ask<OperationStarted>('POST', '/v1/folders/move', {
      from: 'a',
      to: 'b',
    });
    for (const id of [ofAdmin.operationId, 'x', '0']) {
      expect(await alice.refusal('GET', `/v1/operations/${id}`)).toMatchObject({ status: 404 });
    }
  });
});
