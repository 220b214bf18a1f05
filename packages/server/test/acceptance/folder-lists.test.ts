import type { FolderView, ListFoldersAnswer } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { findFolder, listFolders } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const pathsIn = async (client: Client, parent = '', query = '') =>
  (await listFolders(client, parent, query)).map(({ path }) => path);

describe('a list of folders', () => {
  it('has the children of a folder, with what lies directly inside', async () => {
    const alice = await (await createTenant()).user('alice');
    const bytes = (size: number) => new Uint8Array(size);
    for (const [folder, size] of [
      ['trips', 1],
      ['trips/2026', 20],
      ['trips/2026', 300],
      ['trips-old/a/b', 4_000],
      ['', 50_000],
    ] as const) {
      await uploadFile(alice, { folder, bytes: bytes(size) });
    }
    expect(await listFolders(alice, '')).toEqual([
      { path: 'trips', name: 'trips', files: 1, bytes: 1, hasChildren: true },
      { path: 'trips-old', name: 'trips-old', files: 0, bytes: 0, hasChildren: true },
    ]);
    expect(await listFolders(alice, 'trips')).toEqual([
      { path: 'trips/2026', name: '2026', files: 2, bytes: 320, hasChildren: false },
    ]);
    expect(await listFolders(alice, 'trips-old/a')).toEqual([
      { path: 'trips-old/a/b', name: 'b', files: 1, bytes: 4_000, hasChildren: false },
    ]);
    expect(await listFolders(alice, 'absent')).toEqual([]);
  });

  it('follows every change at once', async () => {
    const tenant = await createTenant();
    const [alice, bob] = [await tenant.user('alice'), await tenant.user('bob')];
    const { id } = await uploadFile(alice, { folder: 'a/b', visibility: 'shared', sharedWith: ['bob'] });
    const seen = () =>
      Promise.all([pathsIn(alice), pathsIn(bob), pathsIn(tenant.guest), pathsIn(tenant.admin)]);
    const change = (fields: object) => alice.ask('PATCH', `/v1/files/${id}`, fields);
    expect(await seen()).toEqual([['a'], ['a'], [], ['a']]);
    await change({ sharedWith: [] });
    expect(await seen()).toEqual([['a'], [], [], ['a']]);
    await change({ visibility: 'public', folder: 'c' });
    expect(await seen()).toEqual([['c'], ['c'], ['c'], ['c']]);
    await alice.ask('DELETE', `/v1/files/${id}`);
    expect(await seen()).toEqual([[], [], [], []]);
  });

  it('is read page by page, in the order of names, each folder once', async () => {
    const alice = await (await createTenant()).user('alice');
    const names = ['a', 'a b', 'a-b', 'a/x', 'b', '가', '나', '😀'];
    for (const folder of names) await uploadFile(alice, { folder });
    const paths: string[] = [];
    let cursor: string | undefined;
    do {
      const query = `limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`;
      const page = await alice.ask<ListFoldersAnswer>('GET', `/v1/folders?${query}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      paths.push(...page.items.map(({ path }) => path));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(paths).toEqual(names.filter((name) => name !== 'a/x'));
  });

  it('refuses a parent that is no folder, and a malformed cursor', async () => {
    const { guest } = await createTenant();
    for (const parent of ['/a', 'a/', 'a//b', '..', 'a%00']) {
      expect(await guest.refusal('GET', `/v1/folders?parent=${parent}`)).toMatchObject({
        status: 400,
        code: 'file/invalid-folder',
      });
    }
    for (const query of ['cursor=!', 'cursor=YS9i', 'limit=101', 'limit=0', 'mine=maybe']) {
      expect(await guest.refusal('GET', `/v1/folders?${query}`)).toMatchObject({
        status: 400,
        code: 'common/invalid-parameters',
      });
    }
  });
});

describe('a kept folder', () => {
  it('is there without files, for the one who keeps it and for admins', async () => {
    const tenant = await createTenant();
    const [alice, bob] = [await tenant.user('alice'), await tenant.user('bob')];
    const empty = { path: 'new/empty', name: 'empty', files: 0, bytes: 0, hasChildren: false };
    expect(await alice.ask<FolderView>('PUT', '/v1/folders/new/empty')).toEqual(empty);
    expect(await alice.ask<FolderView>('PUT', '/v1/folders/new%2Fempty')).toEqual(empty);
    for (const client of [alice, tenant.admin]) {
      expect(await listFolders(client, '')).toEqual([
        { ...empty, path: 'new', name: 'new', hasChildren: true },
      ]);
      expect(await findFolder(client, 'new/empty')).toEqual(empty);
    }
    for (const client of [bob, tenant.guest]) expect(await pathsIn(client)).toEqual([]);
    expect(await pathsIn(tenant.admin, '', 'mine=true')).toEqual([]);
    expect(await pathsIn(alice, '', 'trash=true')).toEqual([]);
  });

  it('answers with what it has, and stays when its last file goes', async () => {
    const alice = await (await createTenant()).user('alice');
    const { id, size } = await uploadFile(alice, { folder: 'a' });
    expect(await alice.ask('PUT', '/v1/folders/a')).toMatchObject({ files: 1, bytes: size });
    await alice.ask('DELETE', `/v1/files/${id}`);
    expect(await listFolders(alice, '')).toMatchObject([{ path: 'a', files: 0, bytes: 0 }]);
  });

  it('is refused for an invalid path, and for a guest', async () => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    const paths = [
      '',
      'a%2F',
      '%2Fa',
      'a%2F..%2Fb',
      'a%5Cb',
      'a%00',
      'x'.repeat(300),
      'a%2F'.repeat(33),
      '%252e%252e%2F',
    ];
    for (const path of paths) {
      expect([path, await alice.refusal('PUT', `/v1/folders/${path}`)]).toMatchObject([
        path,
        { status: 400, code: 'file/invalid-folder' },
      ]);
    }
    expect(await tenant.guest.refusal('PUT', '/v1/folders/a')).toMatchObject({ status: 401 });
  });
});
