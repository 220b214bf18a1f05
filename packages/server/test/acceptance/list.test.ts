import { setTimeout as pause } from 'node:timers/promises';
import { type FileView, sortDirections, sortFields } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import {
  listFiles,
  namesIn,
  readByCursor,
  readByPage,
  toParameters,
} from '../../../test-support/src/api/lists.ts';
import { type NewFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;
/** In the order of their making. */
let files: FileView[];

/** Twelve files that differ in everything one can ask for; some share names, sizes and types. */
const samples: NewFile[] = [
  { originalName: 'apple.txt', visibility: 'private', metadata: { tags: ['red', 'fruit'] } },
  { originalName: 'Banana.txt', visibility: 'public', bucket: 'documents', metadata: { tags: ['fruit'] } },
  { originalName: 'apple.txt', visibility: 'protected', bytes: new Uint8Array(10) },
  { originalName: 'photo.png', mimeType: 'image/png', visibility: 'public', bucket: 'images' },
  { originalName: 'photo.jpg', mimeType: 'image/jpeg', visibility: 'private', bytes: new Uint8Array(100) },
  { originalName: 'film.mp4', mimeType: 'video/mp4', visibility: 'shared', bytes: new Uint8Array(1_000) },
  { originalName: '가나다.pdf', mimeType: 'application/pdf', visibility: 'private' },
  { originalName: 'export.csv', mimeType: 'text/csv', category: 'exports', visibility: 'private' },
  { originalName: 'scratch', mimeType: 'application/octet-stream', category: 'temp', bucket: 'temp' },
  { originalName: 'Zebra.txt', visibility: 'public', bytes: new Uint8Array(10) },
  { originalName: 'apple.txt', visibility: 'public', metadata: { tags: ['red'] } },
  { originalName: 'éclair.txt', visibility: 'public' },
];

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
  files = [];
  // One after the other, so that the order of their making is known.
  for (const sample of samples) {
    files.push(await uploadFile(alice, sample));
    await pause(2);
  }
  await alice.ask('PATCH', `/v1/files/${files[4]?.id}`, { metadata: { alt: 'changed' } });
});

const idsOf = (list: readonly FileView[]) => list.map(({ id }) => id);
const indexesIn = async (client: Client, query: Record<string, string | number>) => {
  const { items, pagination } = await listFiles(client, { ...query, sortDirection: 'asc', limit: 100 });
  expect(pagination.total).toBe(items.length);
  return items.map(({ id }) => files.findIndex((file) => file.id === id));
};

describe('a list', () => {
  it('shows the newest first, twenty at a time', async () => {
    const { items, pagination } = await listFiles(alice);
    expect(idsOf(items)).toEqual(idsOf(files).reverse());
    expect(pagination).toEqual({
      total: 12,
      page: 1,
      limit: 20,
      totalPages: 1,
      hasNextPage: false,
      hasPrevPage: false,
    });
  });

  it('counts its pages', async () => {
    const page = (number: number) => listFiles(alice, { page: number, limit: 5 });
    expect((await page(1)).pagination).toMatchObject({
      total: 12,
      totalPages: 3,
      hasNextPage: true,
      hasPrevPage: false,
      nextCursor: expect.any(String),
    });
    expect((await page(2)).pagination).toMatchObject({ hasNextPage: true, hasPrevPage: true });
    const last = await page(3);
    expect(last.items).toHaveLength(2);
    expect(last.pagination).toMatchObject({ hasNextPage: false, hasPrevPage: true });
    expect(last.pagination).not.toHaveProperty('nextCursor');
    const beyond = await page(4);
    expect(beyond.items).toEqual([]);
    expect(beyond.pagination).toMatchObject({ total: 12, hasNextPage: false, hasPrevPage: true });
    expect((await page(20_000)).items).toEqual([]);
  });

  it('of an owner without files has no pages', async () => {
    const stranger = await tenant.user('nobody');
    const { items, pagination } = await listFiles(stranger, { visibility: 'private' });
    expect(items).toEqual([]);
    expect(pagination).toMatchObject({ total: 0, totalPages: 0, hasNextPage: false, hasPrevPage: false });
  });

  describe.each(sortFields.flatMap((by) => sortDirections.map((direction) => [by, direction] as const)))(
    'by %s, %s',
    (sortBy, sortDirection) => {
      const query = { sortBy, sortDirection };

      it('is in order', async () => {
        const { items } = await listFiles(alice, query);
        expect(items).toHaveLength(12);
        const values = items.map((file) => file[sortBy]);
        if (sortBy === 'originalName') {
          // Which letters come first is the database's affair; that equal names stand together is ours.
          const firsts = values.filter((value, index) => values.indexOf(value) === index);
          expect(firsts.flatMap((name) => values.filter((value) => value === name))).toEqual(values);
          return;
        }
        const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(values).toEqual(sortDirection === 'asc' ? sorted : sorted.reverse());
      });

      it('is the other direction backwards', async () => {
        const there = await listFiles(alice, query);
        const back = await listFiles(alice, {
          sortBy,
          sortDirection: sortDirection === 'asc' ? 'desc' : 'asc',
        });
        expect(idsOf(back.items)).toEqual(idsOf(there.items).reverse());
      });

      it.each([1, 5, 12])('is the same by page and by cursor, %d at a time', async (limit) => {
        const { items } = await listFiles(alice, { ...query, limit: 100 });
        expect(idsOf(await readByPage(alice, { ...query, limit }))).toEqual(idsOf(items));
        expect(idsOf(await readByCursor(alice, { ...query, limit }))).toEqual(idsOf(items));
      });
    },
  );

  it('read by cursor shows no file twice and misses none while others come and go', async () => {
    const busy = await tenant.user('busy');
    const mine: FileView[] = [];
    for (let index = 0; index < 12; index += 1) {
      mine.push(await uploadFile(busy, { originalName: `name-${index % 4}.txt` }));
    }
    for (const sortBy of ['createdAt', 'originalName', 'size'] as const) {
      for (const sortDirection of sortDirections) {
        const seen = await readByCursor(
          busy,
          { ownerId: 'busy', sortBy, sortDirection, limit: 3 },
          async (page) => {
            const { id } = await uploadFile(busy, { originalName: `name-${page}.txt` });
            // Sometimes the new one goes at once, sometimes it stays.
            if (page % 2 === 0) await busy.ask('DELETE', `/v1/files/${id}`);
          },
        );
        expect(new Set(idsOf(seen)).size).toBe(seen.length);
        expect(idsOf(seen)).toEqual(expect.arrayContaining(idsOf(mine)));
      }
    }
  });

  it.each<[string, Record<string, string | number>, number[]]>([
    ['private', { visibility: 'private' }, [0, 4, 6, 7, 8]],
    ['protected', { visibility: 'protected' }, [2]],
    ['shared', { visibility: 'shared' }, [5]],
    ['public', { visibility: 'public' }, [1, 3, 9, 10, 11]],
    ['of a type', { mimeType: 'image/png' }, [3]],
    ['of a type, whatever its case', { mimeType: 'IMAGE/PNG' }, [3]],
    ['of a kind', { mimeType: 'image/*' }, [3, 4]],
    ['of no type there is', { mimeType: 'image/p' }, []],
    ['of a kind that is only a wildcard to SQL', { mimeType: 'image/p%' }, []],
    ['of a bucket', { bucket: 'images' }, [3]],
    ['of the default bucket', { bucket: 'files' }, [0, 2, 4, 5, 6, 7, 9, 10, 11]],
    ['of a category', { category: 'temp' }, [8]],
    ['of another category', { category: 'documents' }, [0, 1, 2, 6, 9, 10, 11]],
    ['with a tag', { tag: 'fruit' }, [0, 1]],
    ['with a tag that others begin with', { tag: 'fru' }, []],
    ['of a size and more', { minSize: 100 }, [4, 5]],
    ['of a size and less', { maxSize: 5 }, [0, 1, 3, 6, 7, 8, 10, 11]],
    ['between sizes', { minSize: 10, maxSize: 100 }, [2, 4, 9]],
    ['of sizes nothing has', { minSize: 100, maxSize: 10 }, []],
    ['of an owner', { ownerId: 'alice' }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['of nobody', { ownerId: 'nobody' }, []],
    ['of an owner’s type', { ownerType: 'service' }, []],
    ['of a name', { search: 'apple' }, [0, 2, 10]],
    ['of several things at once', { visibility: 'public', tag: 'red', search: 'APPLE', maxSize: 5 }, [10]],
    ['with empty parameters, which are none', { search: '', category: '', visibility: 'shared' }, [5]],
  ])('can be of files %s', async (_, query, expected) => {
    expect(await indexesIn(alice, query)).toEqual(expected);
  });

  it('can be of files made after and before an instant', async () => {
    const instant = files[6]?.createdAt ?? '';
    const after = await indexesIn(alice, { createdAfter: instant });
    const before = await indexesIn(alice, { createdBefore: instant });
    expect(after.filter((index) => index !== 6)).toEqual([7, 8, 9, 10, 11]);
    expect(before.filter((index) => index !== 6)).toEqual([0, 1, 2, 3, 4, 5]);
    // The instant itself belongs to one side or both, and is not lost between them.
    expect([...after, ...before]).toContain(6);
    const offset = new Date(Date.parse(instant) + 9 * 3_600_000).toISOString().replace('Z', '+09:00');
    expect(await indexesIn(alice, { createdAfter: offset })).toEqual(after);
  });

  it('shows an owner’s files to others only as far as each may be seen', async () => {
    const bob = await tenant.user('bob');
    expect(await indexesIn(bob, { ownerId: 'alice' })).toEqual([1, 2, 3, 9, 10, 11]);
    expect(await indexesIn(tenant.guest, { ownerId: 'alice' })).toEqual([1, 3, 9, 10, 11]);
    expect(await indexesIn(tenant.admin, { ownerId: 'alice' })).toHaveLength(12);
    expect(await indexesIn(bob, { visibility: 'private' })).toEqual([]);
  });

  it.each<[string, string]>([
    ['page=0', 'query.page'],
    ['page=-1', 'query.page'],
    ['page=1.5', 'query.page'],
    ['page=one', 'query.page'],
    ['page=1e400', 'query.page'],
    ['page=1001&limit=100', 'query.page'],
    ['page=100001&limit=1', 'query.page'],
    ['page=1000000000&limit=100', 'query.page'],
    ['limit=0', 'query.limit'],
    ['limit=101', 'query.limit'],
    ['sortBy=ownerId', 'query.sortBy'],
    ['sortBy=createdAt;drop', 'query.sortBy'],
    ['sortDirection=up', 'query.sortDirection'],
    ['visibility=secret', 'query.visibility'],
    ['ownerType=robot', 'query.ownerType'],
    ['bucket=attic', 'query.bucket'],
    ['category=films', 'query.category'],
    ['minSize=-1', 'query.minSize'],
    ['minSize=big', 'query.minSize'],
    ['createdAfter=yesterday', 'query.createdAfter'],
    ['createdAfter=2026-13-01T00:00:00Z', 'query.createdAfter'],
    ['createdBefore=2026-01-01', 'query.createdBefore'],
    ['search=a%00b', 'query.search'],
    ['tag=a%00b', 'query.tag'],
    ['ownerId=a%00b', 'query.ownerId'],
    ['mimeType=a%00b', 'query.mimeType'],
    ['search=a&search=b', 'query.search'],
    ['cursor=nonsense', 'query.cursor'],
  ])('refuses ?%s and says what is wrong', async (query, field) => {
    const refusal = await alice.refusal('GET', `/v1/files?${query}`);
    expect(refusal).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
    expect((refusal.details.issues as { field: string }[]).map((issue) => issue.field)).toContain(field);
  });

  it.each([
    'minSize=1e300',
    'maxSize=1e300',
    'minSize=9007199254740993',
    'createdAfter=2016-12-31T23:59:60Z',
    'createdAfter=0000-01-01T00:00:00Z',
    'createdBefore=9999-12-31T23:59:59.999999999Z',
    'createdAfter=2026-01-01t00:00:00z',
    'page=1000&limit=100',
    'page=100000&limit=1',
    'search=%25%5F%5C%27%22',
    `search=${'x'.repeat(2_000)}`,
    `tag=${encodeURIComponent('😀'.repeat(64))}`,
    'unknown=1',
  ])('answers ?%s without falling over', async (query) => {
    const { status } = await alice.send('GET', `/v1/files?${query}`);
    expect([200, 400]).toContain(status);
  });

  it('refuses a cursor of another order, and cursors with strange contents', async () => {
    const { pagination } = await listFiles(alice, { limit: 1 });
    const refused = { status: 400, code: 'common/invalid-parameters' };
    const cursor = pagination.nextCursor ?? expect.fail('no cursor');
    expect(await alice.refusal('GET', `/v1/files?${toParameters({ cursor, sortBy: 'size' })}`)).toMatchObject(
      refused,
    );
    for (const position of [
      ['createdAt', 'desc', '-271821-04-20T00:00:00.000Z', files[0]?.id],
      ['createdAt', 'desc', '+275760-09-13T00:00:00.000Z', files[0]?.id],
      ['createdAt', 'desc', "2026-01-01'; drop table files; --", files[0]?.id],
      ['createdAt', 'desc', null, null],
    ]) {
      const strange = Buffer.from(JSON.stringify(position)).toString('base64url');
      expect(await alice.refusal('GET', `/v1/files?cursor=${strange}`)).toMatchObject(refused);
    }
  });

  it('by name keeps to one order for names in many scripts', async () => {
    const sorted = await namesIn(alice, { sortBy: 'originalName', sortDirection: 'asc' });
    expect(sorted.toSorted()).toEqual(samples.map(({ originalName }) => originalName).toSorted());
  });
});
