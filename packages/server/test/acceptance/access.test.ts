import { randomUUID } from 'node:crypto';
import type {
  DownloadUrlAnswer,
  FacetsAnswer,
  FileView,
  ListPositionsAnswer,
  Visibility,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AccessAnswer,
  type AccessCaller,
  accessCells,
  fieldsOf,
  fullMetadata,
} from '../../../test-support/src/access/access-table.ts';
import type { Client } from '../../../test-support/src/api/client.ts';
import { findFolder, listFiles, toParameters } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let owner: Client;
let callers: Record<AccessCaller, Client>;

beforeAll(async () => {
  tenant = await createTenant();
  owner = await tenant.user('alice');
  callers = {
    owner,
    admin: tenant.admin,
    'another user': await tenant.user('carol'),
    'named user': await tenant.user('bob'),
    guest: tenant.guest,
  };
});

const newFile = (visibility: Visibility) =>
  uploadFile(owner, { visibility, sharedWith: ['bob'], width: 3, height: 2, metadata: fullMetadata });

/** Exactly these fields, for exactly this caller. */
function expectFields(file: FileView, answer: AccessAnswer): void {
  const fields = fieldsOf(file.visibility, answer);
  expect(Object.keys(file).sort()).toEqual(fields.file);
  expect(Object.keys(file.metadata).sort()).toEqual(fields.metadata);
}

describe.each(accessCells)('a %s file, for %s: %s', (visibility, name, answer) => {
  let caller: Client;
  let file: FileView;

  beforeAll(async () => {
    caller = callers[name];
    file = await newFile(visibility);
  });

  const refusal = { status: 403, code: 'file/access-denied' };
  const maySee = answer !== '403';
  const mayManage = answer === 'all fields';
  /** Guests get 401 before an answer depends on a file. */
  const refusalToChange =
    name === 'guest' ? { status: 401, code: 'common/authentication-required' } : refusal;

  it('reading', async () => {
    const path = `/v1/files/${file.id}`;
    if (maySee) expectFields(await caller.ask<FileView>('GET', path), answer);
    else expect(await caller.refusal('GET', path)).toMatchObject(refusal);
  });

  it('listing', async () => {
    const { items } = await listFiles(caller, { visibility, limit: 100 });
    const found = items.find(({ id }) => id === file.id);
    if (maySee) expectFields(found ?? expect.fail('the list leaves it out'), answer);
    else expect(found).toBeUndefined();
  });

  it('counting facets', async () => {
    const tag = `of-${file.id}`;
    await owner.ask('PATCH', `/v1/files/${file.id}`, { metadata: { tags: [tag] } });
    for (const query of ['', `?visibility=${visibility}`, `?tag=${tag}`, '?mine=true', '?folder=/']) {
      const facets = await caller.ask<FacetsAnswer>('GET', `/v1/files/facets${query}`);
      const counted = facets.tag.filter(({ value }) => value === tag);
      const isListed = maySee && (query !== '?mine=true' || name === 'owner');
      expect([query, counted]).toEqual([query, isListed ? [{ value: tag, files: 1 }] : []]);
    }
  });

  it('listing folders', async () => {
    const folder = `of/${file.id}`;
    await owner.ask('PATCH', `/v1/files/${file.id}`, { folder });
    const found = await findFolder(caller, folder);
    if (maySee) expect(found).toMatchObject({ files: 1, bytes: file.size, hasChildren: false });
    else expect(found).toBeUndefined();
    expect(await findFolder(caller, folder, 'mine=true')).toEqual(name === 'owner' ? found : undefined);
  });

  it('listing the files of its folder, and positions among them', async () => {
    await owner.ask('PATCH', `/v1/files/${file.id}`, { folder: 'shelf/top' });
    const folder = { folder: 'shelf', recursive: 'true', visibility };
    const { items, pagination } = await listFiles(caller, { ...folder, limit: 100 });
    const found = items.find(({ id }) => id === file.id);
    if (maySee) expectFields(found ?? expect.fail('the list leaves it out'), answer);
    else expect(found).toBeUndefined();
    const query = toParameters({ ...folder, step: 1 });
    const { cursors } = await caller.ask<ListPositionsAnswer>('GET', `/v1/files/positions?${query}`);
    expect(cursors).toHaveLength(pagination.total);
  });

  it('listing one’s own', async () => {
    const { items } = await listFiles(caller, { mine: 'true', limit: 100 });
    expect(items.some(({ id }) => id === file.id)).toBe(name === 'owner');
  });

  it('downloading', async () => {
    const path = `/v1/files/${file.id}/download-url`;
    for (const method of ['GET', 'POST'] as const) {
      if (maySee) {
        const { url } = await caller.ask<DownloadUrlAnswer>(method, path);
        expect(await (await fetch(url)).text()).toBe('hello');
      } else expect(await caller.refusal(method, path)).toMatchObject(refusal);
    }
  });

  it('changing', async () => {
    const path = `/v1/files/${file.id}`;
    const change = { originalName: 'renamed.txt' };
    if (mayManage) expectFields(await caller.ask<FileView>('PATCH', path, change), answer);
    else expect(await caller.refusal('PATCH', path, change)).toMatchObject(refusalToChange);
  });

  it('sharing', async () => {
    const path = `/v1/files/${file.id}/shares`;
    if (mayManage) {
      expect(await caller.ask('GET', path)).toEqual({ sharedWith: ['bob'] });
      expect(await caller.ask('GET', `${path}/bob`)).toEqual({ sharedWith: ['bob'] });
      expect(await caller.ask('PUT', `${path}/dave`)).toEqual({ sharedWith: ['bob', 'dave'] });
      expect(await caller.ask('DELETE', `${path}/dave`)).toEqual({ sharedWith: ['bob'] });
      expect(await caller.ask('PUT', path, { sharedWith: ['bob'] })).toEqual({ sharedWith: ['bob'] });
      return;
    }
    const refusals = await Promise.all([
      caller.refusal('GET', path),
      caller.refusal('PUT', path, { sharedWith: ['mallory'] }),
      caller.refusal('DELETE', path),
      caller.refusal('GET', `${path}/bob`),
      caller.refusal('PUT', `${path}/mallory`),
      caller.refusal('DELETE', `${path}/bob`),
    ]);
    for (const given of refusals) expect(given).toMatchObject(refusalToChange);
    expect(await owner.ask('GET', path)).toEqual({ sharedWith: ['bob'] });
  });

  it('deleting', async () => {
    if (name === 'guest') {
      expect(await caller.refusal('POST', '/v1/files/bulk-delete', { ids: [file.id] })).toMatchObject(
        refusalToChange,
      );
    } else if (!mayManage) {
      expect(await caller.ask('POST', '/v1/files/bulk-delete', { ids: [file.id] })).toEqual({
        deleted: [],
        failed: [{ id: file.id, code: 'file/access-denied' }],
      });
    }
    const path = `/v1/files/${file.id}`;
    if (mayManage) {
      expect(await caller.ask('DELETE', path)).toEqual({});
      expect(await owner.refusal('GET', path)).toMatchObject({ code: 'file/not-found' });
    } else {
      expect(await caller.refusal('DELETE', path)).toMatchObject(refusalToChange);
      expect(await owner.ask('GET', path)).toMatchObject({ id: file.id });
    }
  });
});

describe('access', () => {
  it('follows the visibility from one request to the next', async () => {
    const { id } = await newFile('private');
    const { 'another user': carol, 'named user': bob, guest } = callers;
    const seenBy = async () =>
      Promise.all(
        [guest, carol, bob].map(async (caller) => (await caller.send('GET', `/v1/files/${id}`))?.status),
      );
    const change = (visibility: Visibility) => owner.ask('PATCH', `/v1/files/${id}`, { visibility });
    expect(await seenBy()).toEqual([403, 403, 403]);
    await change('shared');
    expect(await seenBy()).toEqual([403, 403, 200]);
    await change('protected');
    expect(await seenBy()).toEqual([403, 200, 200]);
    await change('public');
    expect(await seenBy()).toEqual([200, 200, 200]);
    await change('private');
    expect(await seenBy()).toEqual([403, 403, 403]);
  });

  it('is an admin’s by key, by role, and by key with a user’s token', async () => {
    const { id } = await newFile('private');
    const admins = [tenant.admin, await tenant.adminUser('root'), await tenant.adminFor('dave')];
    for (const admin of admins) {
      expectFields(await admin.ask<FileView>('GET', `/v1/files/${id}`), 'all fields');
    }
  });

  it('answers ids of no file as 404', async () => {
    const ids = [randomUUID(), '0', 'x', '%00', '..%2f..%2fetc', "';--", 'a'.repeat(200), '한글'];
    for (const id of ids) {
      for (const caller of [owner, tenant.admin]) {
        expect(await caller.refusal('GET', `/v1/files/${id}`)).toMatchObject({
          status: 404,
          code: 'file/not-found',
        });
      }
    }
  });

  it('does not mind the case of an id', async () => {
    const { id } = await newFile('private');
    expect(await owner.ask<FileView>('GET', `/v1/files/${id.toUpperCase()}`)).toMatchObject({ id });
  });
});
