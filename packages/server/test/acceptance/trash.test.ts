import type { DownloadUrlAnswer, EmptyTrashAnswer, FileView, UsageAnswer } from '@bkend/storage-contract';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { type ListQuery, listFiles, readByCursor } from '../../../test-support/src/api/lists.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;
let bob: Client;

beforeAll(async () => {
  tenant = await createTenant();
});

/** Each test has users of its own. */
let number = 0;
let bobId: string;
beforeEach(async () => {
  number += 1;
  bobId = `bob-${number}`;
  alice = await tenant.user(`alice-${number}`);
  bob = await tenant.user(bobId);
});

const notFound = { status: 404, code: 'file/not-found' };
const trash = (client: Client, { id }: FileView) => client.ask('DELETE', `/v1/files/${id}?trash=true`);
const restore = (client: Client, { id }: FileView) => client.ask<FileView>('POST', `/v1/files/${id}/restore`);
const read = (client: Client, { id }: FileView) => client.ask<FileView>('GET', `/v1/files/${id}`);
const idsIn = async (client: Client, query: ListQuery = {}) =>
  (await listFiles(client, query)).items.map(({ id }) => id);

describe('a file in the trash', () => {
  it('is shown to its owner and to admins, and comes back as it was', async () => {
    const file = await uploadFile(alice, {
      visibility: 'shared',
      sharedWith: [bobId],
      metadata: { tags: ['x'] },
    });
    expect(await trash(alice, file)).toEqual({});
    const { deletedAt, ...rest } = await read(alice, file);
    expect(Math.abs(Date.parse(deletedAt ?? '') - Date.now())).toBeLessThan(60_000);
    expect(rest).toMatchObject({ id: file.id, visibility: 'shared', sharedWith: [bobId] });
    expect(await read(tenant.admin, file)).toMatchObject({ id: file.id, deletedAt });
    expect(await bob.refusal('GET', `/v1/files/${file.id}`)).toMatchObject(notFound);
    for (const client of [alice, bob, tenant.admin]) expect(await idsIn(client)).not.toContain(file.id);

    expect(await restore(alice, file)).toEqual(file);
    expect(await read(alice, file)).toEqual(file);
    expect(await idsIn(bob)).toEqual([file.id]);
    expect(await idsIn(alice, { trash: 'true' })).toEqual([]);
  });

  it('is put there and restored once, however often and concurrently that is asked for', async () => {
    const file = await uploadFile(alice);
    const eight = Array.from({ length: 8 });
    expect(await Promise.all(eight.map(() => trash(alice, file)))).toEqual(eight.map(() => ({})));
    const { deletedAt } = await read(alice, file);
    expect(await trash(alice, file)).toEqual({});
    expect(await read(alice, file)).toMatchObject({ deletedAt });
    expect(await Promise.all(eight.map(() => restore(alice, file)))).toEqual(eight.map(() => file));
    expect(await restore(alice, file)).toEqual(file);
    const mixed = eight.map((_, index) => (index % 2 === 0 ? trash(alice, file) : restore(alice, file)));
    await Promise.all(mixed);
    expect(await restore(alice, file)).toEqual(file);
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({
      files: 1,
      bytes: 5,
      trash: { files: 0, bytes: 0 },
    });
  });

  it('is deleted for good by a DELETE without trash=true', async () => {
    const file = await uploadFile(alice);
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    await trash(alice, file);
    expect((await fetch(url)).status).toBe(200);
    expect(await alice.ask('DELETE', `/v1/files/${file.id}`)).toEqual({});
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['DELETE', '?trash=true'],
      ['POST', '/restore'],
    ] as const) {
      expect(await alice.refusal(method, `/v1/files/${file.id}${path}`)).toMatchObject(notFound);
    }
    await eventually(
      'its bytes are gone',
      async () => ((await fetch(url)).status === 404 ? true : undefined),
      {
        withinSeconds: 20,
      },
    );
  });

  it('keeps its key: a late registration names the file', async () => {
    const registration = await sendFile(alice);
    const file = await alice.ask<FileView>('POST', '/v1/files', registration);
    await trash(alice, file);
    expect(await alice.refusal('POST', '/v1/files', registration)).toMatchObject({
      code: 'file/s3-key-already-exists',
      details: { fileId: file.id },
    });
  });

  it('counts in the usage, as in the trash', async () => {
    const [first, second] = [
      await uploadFile(alice, { visibility: 'public' }),
      await uploadFile(alice, { category: 'temp' }),
    ];
    await trash(alice, first);
    expect(await alice.ask<UsageAnswer>('GET', '/v1/usage')).toMatchObject({
      files: 2,
      bytes: 10,
      byCategory: { temp: { files: 1, bytes: 5 } },
      byVisibility: { public: { files: 0, bytes: 0 }, private: { files: 1, bytes: 5 } },
      trash: { files: 1, bytes: 5 },
    });
    await trash(alice, second);
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({ files: 2, trash: { files: 2, bytes: 10 } });
  });
});

describe('the list of the trash', () => {
  it('has the caller’s own files, and for admins everyone’s, with filters, sorting, pages and cursors', async () => {
    const files: FileView[] = [];
    for (const [client, originalName, visibility] of [
      [alice, 'a.txt', 'public'],
      [alice, 'b.txt', 'private'],
      [alice, 'c.txt', 'public'],
      [bob, 'd.txt', 'public'],
    ] as const) {
      const file = await uploadFile(client, { originalName, visibility });
      files.push(file);
      await trash(client, file);
    }
    await uploadFile(alice, { originalName: 'a kept.txt', visibility: 'public' });
    const [a, b, c, d] = files.map(({ id }) => id);
    const inTrash = { trash: 'true', sortBy: 'originalName', sortDirection: 'asc' } as const;
    expect(await idsIn(alice, inTrash)).toEqual([a, b, c]);
    expect(await idsIn(alice, { ...inTrash, visibility: 'public' })).toEqual([a, c]);
    expect(await idsIn(alice, { ...inTrash, visibility: 'public', search: 'C.T' })).toEqual([c]);
    expect(await idsIn(alice, { ...inTrash, ownerId: bobId })).toEqual([]);
    expect(await idsIn(tenant.admin, { ...inTrash, limit: 100 })).toEqual(
      expect.arrayContaining([a, b, c, d]),
    );
    expect(await idsIn(tenant.admin, { ...inTrash, ownerId: bobId })).toEqual([d]);
    expect(await idsIn(tenant.guest, inTrash)).toEqual([]);
    expect((await readByCursor(alice, { ...inTrash, limit: 1 })).map(({ id }) => id)).toEqual([a, b, c]);
    const { items, pagination } = await listFiles(alice, { ...inTrash, limit: 2, page: 2 });
    expect(items).toMatchObject([{ id: c, visibility: 'public', deletedAt: expect.any(String) }]);
    expect(pagination.total).toBe(3);
    expect((await listFiles(alice, { ...inTrash, visibility: 'public' })).pagination.total).toBe(2);
    expect(await idsIn(alice, { trash: 'false', visibility: 'public' })).toHaveLength(1);
  });
});

describe('emptying the trash', () => {
  it('deletes what the caller has there, and nothing else', async () => {
    const [mine, kept, theirs] = [await uploadFile(alice), await uploadFile(alice), await uploadFile(bob)];
    await trash(alice, mine);
    await trash(bob, theirs);
    expect(await alice.ask<EmptyTrashAnswer>('DELETE', '/v1/trash')).toEqual({ done: 1, remaining: 0 });
    expect(await alice.ask<EmptyTrashAnswer>('DELETE', '/v1/trash')).toEqual({ done: 0, remaining: 0 });
    expect(await alice.refusal('POST', `/v1/files/${mine.id}/restore`)).toMatchObject(notFound);
    expect(await read(alice, kept)).toEqual(kept);
    expect(await restore(bob, theirs)).toEqual(theirs);
  });

  it('deletes that of all owners for an admin who asks for the tenant', async () => {
    const { admin, ...other } = await createTenant();
    const [carol, dave] = [await other.user('carol'), await other.user('dave')];
    const [first, second] = [await uploadFile(carol), await uploadFile(dave)];
    await trash(carol, first);
    await trash(admin, second);
    expect(await admin.ask('DELETE', '/v1/trash')).toEqual({ done: 0, remaining: 0 });
    expect(await dave.refusal('DELETE', '/v1/trash?scope=tenant')).toMatchObject({
      status: 403,
      code: 'file/access-denied',
    });
    expect(await admin.ask('DELETE', '/v1/trash?scope=tenant')).toEqual({ done: 2, remaining: 0 });
    expect(await admin.ask('GET', '/v1/usage?scope=tenant')).toMatchObject({ files: 0, bytes: 0 });
  });
});
