import type { BulkProgress, FileView, ListFilesAnswer } from '@bkend/storage-contract';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;
let bob: Client;
let files: FileView[];
let ofBob: FileView;
let ids: string[];

const missing = '018f0000-0000-7000-8000-000000000000';

async function prepareFiles(): Promise<void> {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
  files = [];
  for (const tag of ['old', 'old', 'new']) {
    files.push(await uploadFile(alice, { visibility: 'public', metadata: { tags: [tag], alt: 'kept' } }));
  }
  ofBob = await uploadFile(bob, { visibility: 'public', metadata: { tags: ['old'] } });
  ids = files.map(({ id }) => id);
}

const read = (client: Client, id: string) => client.ask<FileView>('GET', `/v1/files/${id}`);
const list = async (client: Client, query = '') =>
  (await client.ask<ListFilesAnswer>('GET', `/v1/files?limit=100${query}`)).items.map(({ id }) => id).sort();

describe('a list of ids', () => {
  beforeEach(prepareFiles);

  it.each([
    ['bulk-update', 'updated', { set: { addTags: ['x'] } }],
    ['bulk-delete', 'deleted', {}],
    ['bulk-restore', 'restored', {}],
  ])('a malformed id is a failure of its own in %s', async (path, done, more) => {
    const malformed = [7, null, { id: ids[0] }, [ids[0]], 'x'.repeat(256)];
    const asked = [ids[0], ...malformed, ids[1]];
    expect(await alice.ask('POST', `/v1/files/${path}`, { ids: asked, ...more })).toEqual({
      [done]: [ids[0], ids[1]],
      failed: malformed.map((id) => ({
        id: typeof id === 'string' ? id : JSON.stringify(id),
        code: 'common/invalid-parameters',
      })),
    });
  });
});

describe('a bulk update', () => {
  beforeEach(prepareFiles);

  it('changes the files that are named and may be changed, and has a code for each other', async () => {
    const set = {
      ...{ visibility: 'private', folder: 'trips/2026', addTags: ['x', 'x'], removeTags: ['old'] },
      metadata: { description: 'bulk' },
    };
    const asked = [...ids, ofBob.id, missing, 'no id'];
    const answer = await alice.ask('POST', '/v1/files/bulk-update', { ids: asked, set });
    expect(answer).toEqual({
      updated: ids,
      failed: [
        { id: ofBob.id, code: 'file/access-denied' },
        { id: missing, code: 'file/not-found' },
        { id: 'no id', code: 'file/not-found' },
      ],
    });
    const changed = await Promise.all(ids.map((id) => read(alice, id)));
    for (const file of changed) {
      expect(file).toMatchObject({
        visibility: 'private',
        folder: 'trips/2026',
        metadata: { alt: 'kept', description: 'bulk' },
      });
    }
    expect(changed.map(({ metadata }) => metadata.tags)).toEqual([['x'], ['x'], ['new', 'x']]);
    expect(await list(alice, '&tag=x')).toEqual([...ids].sort());
    expect(await read(bob, ofBob.id)).toEqual(ofBob);
    const usage = await alice.ask<{ byVisibility: object }>('GET', '/v1/usage');
    expect(usage.byVisibility).toMatchObject({ private: { files: 3, bytes: 15 } });
  });

  it('takes by a filter only files that the caller may change', async () => {
    const body = { filter: { tag: 'old' }, set: { category: 'exports' }, expectedTotal: 2 };
    expect(await alice.ask('POST', '/v1/files/bulk-update', body)).toEqual({
      done: 2,
      failed: [],
      remaining: 0,
    });
    expect((await read(tenant.admin, ofBob.id)).category).toBe(ofBob.category);
    const all = await tenant.admin.ask<BulkProgress>('POST', '/v1/files/bulk-update', {
      filter: {},
      set: { removeTags: ['old'] },
    });
    expect(all).toMatchObject({ done: 4, remaining: 0 });
    expect(await list(tenant.admin, '&tag=old')).toEqual([]);
  });

  it('leaves a file as it is that does not allow the change, and changes the others', async () => {
    const image = await uploadFile(alice, { originalName: 'a.png', mimeType: 'image/png' });
    const answer = await alice.ask('POST', '/v1/files/bulk-update', {
      ids: [...ids, image.id],
      set: { category: 'images', folder: 'images' },
    });
    expect(answer).toEqual({
      updated: [image.id],
      failed: ids.map((id) => ({ id, code: 'file/invalid-format' })),
    });
    expect((await read(alice, ids[0] ?? '')).folder).toBe('');
  });

  it('does nothing when the number of files is not the one expected', async () => {
    const answer = await alice.send('POST', '/v1/files/bulk-update', {
      ...{ filter: { tag: 'old' }, expectedTotal: 3 },
      set: { visibility: 'private' },
    });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({
      error: { code: 'file/total-changed', details: { expectedTotal: 3, total: 2 } },
    });
    expect(await list(tenant.guest)).toEqual([...ids, ofBob.id].sort());
  });

  it('leaves out files that were created later', async () => {
    const [first] = files;
    const answer = await alice.ask('POST', '/v1/files/bulk-update', {
      ...{ filter: {}, createdBefore: files[1]?.createdAt },
      set: { visibility: 'private' },
    });
    expect(answer).toMatchObject({ done: 1, remaining: 0 });
    expect((await read(alice, first?.id ?? '')).visibility).toBe('private');
  });
});

describe('a bulk call', () => {
  // One tenant for all: of these calls only the last changes anything.
  beforeAll(prepareFiles);
  const set = { visibility: 'private' };

  it.each<[string, object, string]>([
    ['bulk-update', { set }, 'ids'],
    ['bulk-update', { ids: [missing], filter: {}, set }, 'ids'],
    ['bulk-update', { ids: [missing], expectedTotal: 1, set }, 'expectedTotal'],
    ['bulk-update', { ids: [missing], cursor: missing, set }, 'cursor'],
    ['bulk-update', { filter: {}, cursor: 'x', set }, 'cursor'],
    ['bulk-update', { filter: { tags: 'old' }, set }, 'filter.tags'],
    ['bulk-update', { filter: { trash: true }, set }, 'filter.trash'],
    ['bulk-update', { filter: {}, set: {} }, 'set'],
    ['bulk-update', { filter: {}, set: { originalName: 'a' } }, 'set.originalName'],
    ['bulk-delete', {}, 'ids'],
    ['bulk-delete', { ids: [] }, 'ids'],
    ['bulk-delete', { ids: Array(1001).fill(missing) }, 'ids'],
    ['bulk-delete', { filter: { owner: 'alice' } }, 'filter.owner'],
    ['bulk-restore', { filter: { page: 2 } }, 'filter.page'],
    ...['ownerId', 'mimeType', 'search', 'tag'].map((name): [string, object, string] => [
      'bulk-delete',
      { filter: { [name]: '' } },
      `filter.${name}`,
    ]),
    ['bulk-delete', { filter: { createdBefore: '' } }, 'filter.createdBefore'],
    ['bulk-delete', { filter: { tag: null } }, 'filter.tag'],
    ['bulk-delete', { filter: { recursive: true } }, 'filter.recursive'],
    ...[{ filter: {} }, { ids: [missing] }].flatMap((files): [string, object, string][] => [
      ['bulk-delete', { ...files, thrash: true }, 'thrash'],
      ['bulk-delete', { ...files, expectedTotals: 1 }, 'expectedTotals'],
      ['bulk-update', { ...files, set, expectTotal: 1 }, 'expectTotal'],
      ['bulk-restore', { ...files, createdbefore: '2026-01-01T00:00:00Z' }, 'createdbefore'],
    ]),
    ['bulk-delete', { filter: { search: '\0' } }, 'filter.search'],
    ['bulk-delete', { filter: { createdAfter: '2026-06-30T23:59:60Z' } }, 'filter.createdAfter'],
    ['bulk-delete', { filter: {}, createdBefore: '2026-06-30T23:59:60Z' }, 'createdBefore'],
  ])('is refused with the field that is wrong, and changes nothing: %s %j', async (path, body, field) => {
    const answer = await alice.send('POST', `/v1/files/${path}`, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error: { code: 'common/invalid-parameters', details: { issues: [{ field }] } },
    });
    expect(await list(tenant.guest)).toEqual([...ids, ofBob.id].sort());
  });

  it('refuses the whole call for an invalid folder', async () => {
    const body = { ids, set: { folder: '../up' } };
    expect((await alice.send('POST', '/v1/files/bulk-update', body)).json).toMatchObject({
      error: { code: 'file/invalid-folder' },
    });
  });

  it('by a filter goes on where the call before ended', async () => {
    const ofAlice = [...ids].sort();
    let cursor: string | undefined;
    const body = () => ({ filter: {}, ...(cursor && { cursor }) });
    // Ids behind the cursor are passed over.
    cursor = ofAlice[0];
    const answer = await alice.ask<BulkProgress>('POST', '/v1/files/bulk-delete', {
      ...body(),
      expectedTotal: 2,
    });
    expect(answer).toEqual({ done: 2, failed: [], remaining: 0 });
    expect(await list(alice, '&ownerId=alice')).toEqual([ofAlice[0]]);
  });
});

describe('bulk deletion and restoring', () => {
  beforeEach(prepareFiles);

  it('puts files into the trash and takes them back, by ids and by filter', async () => {
    const trashed = await alice.ask('POST', '/v1/files/bulk-delete', {
      ids: [...ids, ofBob.id],
      trash: true,
    });
    expect(trashed).toEqual({ deleted: ids, failed: [{ id: ofBob.id, code: 'file/access-denied' }] });
    expect(await list(tenant.guest)).toEqual([ofBob.id]);
    const [first, ...others] = ids;
    expect(await alice.ask('POST', '/v1/files/bulk-restore', { ids: [first, missing] })).toEqual({
      restored: [first],
      failed: [{ id: missing, code: 'file/not-found' }],
    });
    expect(
      await alice.ask('POST', '/v1/files/bulk-restore', { filter: { tag: 'old' }, expectedTotal: 1 }),
    ).toEqual({ done: 1, failed: [], remaining: 0 });
    expect(await list(alice, '&trash=true')).toEqual([others[1]]);
    const usage = await alice.ask<{ files: number }>('GET', '/v1/usage');
    expect(usage.files).toBe(3);
  });

  it('deletes for good what a filter takes, also of the trash', async () => {
    await alice.ask('POST', '/v1/files/bulk-delete', { filter: { tag: 'old' }, trash: true });
    const answer = await alice.ask('POST', '/v1/files/bulk-delete', { filter: { trash: true } });
    expect(answer).toEqual({ done: 2, failed: [], remaining: 0 });
    expect(await list(alice, '&ownerId=alice')).toEqual([ids[2]]);
    expect(await list(alice, '&trash=true')).toEqual([]);
  });

  it('restores nothing of others, and is refused to guests', async () => {
    await alice.ask('POST', '/v1/files/bulk-delete', { ids, trash: true });
    expect(await bob.ask('POST', '/v1/files/bulk-restore', { filter: {} })).toMatchObject({ done: 0 });
    expect(await bob.ask('POST', '/v1/files/bulk-restore', { ids })).toMatchObject({ restored: [] });
    for (const path of ['bulk-delete', 'bulk-restore', 'bulk-update']) {
      expect((await tenant.guest.send('POST', `/v1/files/${path}`, { ids })).status).toBe(401);
    }
  });
});
