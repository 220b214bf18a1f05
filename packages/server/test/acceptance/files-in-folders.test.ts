import type { FileView, ListPositionsAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listFiles, namesIn, readByCursor, toParameters } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;
let bob: Client;

/** Files of alice, but for the last two: name, folder, owner. */
const samples = [
  ['root.txt', '', 'alice'],
  ['a10.txt', 'trips', 'alice'],
  ['a2.txt', 'trips', 'alice'],
  ['A1.txt', 'trips', 'alice'],
  ['deep.txt', 'trips/2026', 'alice'],
  ['deeper.txt', 'trips/2026/may', 'alice'],
  ['sibling.txt', 'trips-2025', 'alice'],
  ['trip 2.txt', 'trips', 'bob'],
  ['hidden.txt', 'trips', 'bob'],
] as const;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
  bob = await tenant.user('bob');
  for (const [originalName, folder, owner] of samples) {
    const visibility = originalName === 'trip 2.txt' ? 'public' : 'private';
    await uploadFile(owner === 'alice' ? alice : bob, { originalName, folder, visibility });
  }
});

const byName = { sortBy: 'originalName', sortDirection: 'asc' };

describe('a list of a folder', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['in it', { folder: 'trips' }, ['A1.txt', 'a2.txt', 'a10.txt', 'trip 2.txt']],
    [
      'in it and below',
      { folder: 'trips', recursive: 'true' },
      ['A1.txt', 'a2.txt', 'a10.txt', 'deep.txt', 'deeper.txt', 'trip 2.txt'],
    ],
    ['in a folder below', { folder: 'trips/2026' }, ['deep.txt']],
    ['in the root', { folder: '/' }, ['root.txt']],
    ['of no folder, which are all', { recursive: 'true', search: 'deep' }, ['deep.txt', 'deeper.txt']],
    ['in a folder that does not exist', { folder: 'tri' }, []],
    ['of the caller’s own', { folder: 'trips', mine: 'true' }, ['A1.txt', 'a2.txt', 'a10.txt']],
    [
      'of the root and below',
      { folder: '/', recursive: 'true', mine: 'true' },
      ['A1.txt', 'a2.txt', 'a10.txt', 'deep.txt', 'deeper.txt', 'root.txt', 'sibling.txt'],
    ],
    [
      'that another filter leaves',
      { folder: 'trips', recursive: 'true', search: 'A1' },
      ['A1.txt', 'a10.txt'],
    ],
    ['with empty fields, which count as absent', { folder: '', mine: '', search: 'root' }, ['root.txt']],
  ])('has the files %s', async (_, query, expected) => {
    const { items, pagination } = await listFiles(alice, { ...query, ...byName });
    expect(items.map(({ originalName }) => originalName)).toEqual(expected);
    expect(pagination.total).toBe(expected.length);
    const read = await readByCursor(alice, { ...query, ...byName, limit: 2 });
    expect(read.map(({ originalName }) => originalName)).toEqual(expected);
  });

  it('shows each caller what they may see', async () => {
    const folder = { folder: 'trips', ...byName };
    expect(await namesIn(tenant.guest, folder)).toEqual(['trip 2.txt']);
    expect(await namesIn(bob, folder)).toEqual(['hidden.txt', 'trip 2.txt']);
    expect(await namesIn(tenant.admin, folder)).toHaveLength(5);
    expect(await namesIn(tenant.guest, { ...folder, mine: 'true' })).toEqual([]);
    expect(await namesIn(tenant.admin, { mine: 'true' })).toEqual([]);
    expect(await namesIn(alice, { mine: 'true', ownerId: 'bob' })).toEqual([]);
  });

  it('follows a file that moves', async () => {
    const file = await uploadFile(alice, { folder: 'from', originalName: 'moving.txt' });
    expect(await namesIn(alice, { folder: 'from' })).toEqual(['moving.txt']);
    await alice.ask('PATCH', `/v1/files/${file.id}`, { folder: 'to/below' });
    expect((await listFiles(alice, { folder: 'from' })).pagination.total).toBe(0);
    expect((await listFiles(alice, { folder: 'to', recursive: 'true' })).pagination.total).toBe(1);
  });

  it.each(['/trips', 'trips/', 'a//b', '..', 'a%5Cb'])('is refused for the folder %s', async (folder) => {
    expect(await alice.refusal('GET', `/v1/files?folder=${folder}`)).toMatchObject({
      status: 400,
      code: 'file/invalid-folder',
    });
  });
});

describe('a list by name', () => {
  it('has digits by value and case aside, and equal names in one order', async () => {
    const carol = await tenant.user('carol');
    const names = ['img1', 'IMG 2', 'img 2', 'Img 10', 'ä', 'a', 'b', 'Straße', 'STRASSE', '가', '나'];
    for (const originalName of names) await uploadFile(carol, { originalName });
    expect(await namesIn(carol, { ...byName, mine: 'true' })).toEqual([
      ...['a', 'b', 'IMG 2', 'img 2', 'Img 10', 'img1', 'STRASSE', 'Straße', 'ä', '가', '나'],
    ]);
  });
});

describe('positions of a list', () => {
  const positions = (client: Client, query: Record<string, string | number>) =>
    client.ask<ListPositionsAnswer>('GET', `/v1/files/positions?${toParameters(query)}`);
  const namesOf = (files: readonly FileView[]) => files.map(({ originalName }) => originalName);

  it('are cursors from which the list goes on', async () => {
    const query = { folder: 'trips', recursive: 'true', ...byName };
    const all = namesOf((await listFiles(alice, query)).items);
    const { cursors, nextCursor } = await positions(alice, { ...query, step: 2 });
    expect(nextCursor).toBeUndefined();
    expect(cursors).toHaveLength(3);
    for (const [index, cursor] of cursors.entries()) {
      const { items } = await listFiles(alice, { ...query, cursor });
      expect(namesOf(items)).toEqual(all.slice(2 * (index + 1)));
    }
    const [first] = cursors;
    expect(await positions(alice, { ...query, step: 2, cursor: first ?? '' })).toEqual({
      cursors: cursors.slice(1),
    });
  });

  it('have as few files between them as a step of one, and none in a list that is shorter', async () => {
    expect((await positions(alice, { step: 1, mine: 'true', search: 'a1' })).cursors).toHaveLength(2);
    expect(await positions(alice, { step: 10_000 })).toEqual({ cursors: [] });
    expect(await positions(tenant.guest, { step: 1, mine: 'true' })).toEqual({ cursors: [] });
  });

  it.each(['', 'step=0', 'step=10001', 'step=x', 'step=1&page=2', 'step=1&cursor=x'])(
    'are refused for ?%s',
    async (query) => {
      expect(await alice.refusal('GET', `/v1/files/positions?${query}`)).toMatchObject({
        status: 400,
        code: 'common/invalid-parameters',
      });
    },
  );
});

describe('a page', () => {
  it('has at most 100 files by number, and at most 1,000 behind a cursor', async () => {
    const refusal = { status: 400, code: 'common/invalid-parameters' };
    expect(await alice.refusal('GET', '/v1/files?limit=101')).toMatchObject(refusal);
    const { pagination } = await listFiles(alice, { limit: 1 });
    const cursor = pagination.nextCursor ?? '';
    expect((await listFiles(alice, { cursor, limit: 1_000 })).items.length).toBeGreaterThan(5);
    expect(await alice.refusal('GET', `/v1/files?limit=1001&cursor=${cursor}`)).toMatchObject(refusal);
  });
});
