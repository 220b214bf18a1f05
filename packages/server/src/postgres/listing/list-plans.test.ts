import { type SortField, sortFields } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rareWord, seedFiles } from '../../../../test-support/src/postgres/seed-files.ts';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { admin, guest, noon, user } from '../../../../test-support/src/samples/samples.ts';
import type { FileOrder, FilePosition } from '../../files/listing/listing.ts';
import { Database, type Statement } from '../database/database.ts';
import { createFileRepository } from '../file-repository.ts';
import { createFolderRepository } from '../folder-repository.ts';

/** Explains every statement instead of running it. */
class PlanReader extends Database {
  readonly plans: string[] = [];

  override async send<Row>(statement: Statement): Promise<Row[]> {
    const { text, values } = statement;
    const lines = await super.send<{ 'QUERY PLAN': string }>({ text: `explain ${text}`, values });
    this.plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
    return [];
  }
}

const tenant = 'seeded/dev';
const callers = [admin(tenant), user(tenant, 'user-7'), guest(tenant)];
let test: TestDatabase;
let planReader: PlanReader;
beforeAll(async () => {
  test = await createTestDatabase();
  await seedFiles(test.url, { tenant, fileCount: 10_000, users: 100 });
  planReader = new PlanReader({ url: test.url });
});
afterAll(async () => {
  await planReader[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

const somewhere: Record<SortField, FilePosition['value']> = {
  createdAt: noon,
  updatedAt: noon,
  originalName: 'photo',
  size: 50_000_000,
  mimeType: 'image/png',
};

describe('among ten thousand files, a list', () => {
  it('scans no table, for every caller, order and position', async () => {
    const files = createFileRepository(planReader);
    const id = '7fffffff-ffff-4fff-bfff-ffffffffffff';
    for (const caller of callers) {
      for (const by of sortFields) {
        for (const direction of ['asc', 'desc'] as const) {
          const page = { order: { by, direction }, limit: 20 };
          await files.list(caller, { ...page, filter: {} });
          await files.list(caller, { ...page, filter: {}, after: { value: somewhere[by], id } });
          await files.list(caller, { ...page, filter: { visibility: 'public' } });
          await files.list(caller, { ...page, filter: { ownerId: 'user-9' } });
          await files.list(caller, { ...page, filter: { search: rareWord } });
          await files.list(caller, { ...page, filter: { tag: 'rare' } });
          for (const isRecursive of [false, true]) {
            const folder = { path: 'trips', isRecursive };
            await files.list(caller, { ...page, filter: { folder } });
            await files.positions(caller, { ...page, filter: { folder }, step: 100 });
          }
        }
      }
    }
    expect(planReader.plans.length).toBe(callers.length * sortFields.length * 2 * 10);
    for (const plan of planReader.plans) expect(plan).not.toMatch(/Seq Scan on (files|shares)/);
  });

  it('is counted from the usage, without reading the files', async () => {
    planReader.plans.length = 0;
    const files = createFileRepository(planReader);
    for (const caller of callers) {
      for (const filter of [
        {},
        { visibility: 'public' },
        { category: 'media' },
        { ownerId: caller.kind },
        { folder: { path: 'trips', isRecursive: true } },
      ] as const) {
        await files.count(caller, filter);
      }
    }
    expect(planReader.plans).toHaveLength(callers.length * 5);
    const ofAdminAndGuest = [...planReader.plans.slice(0, 4), ...planReader.plans.slice(10, 14)];
    for (const plan of ofAdminAndGuest) expect(plan).not.toMatch(/ on files/);
    for (const plan of planReader.plans) expect(plan).not.toMatch(/Seq Scan on (files|shares)/);
  });

  it('of folders, and facets that totals are kept of, scan no table and read no files', async () => {
    planReader.plans.length = 0;
    const files = createFileRepository(planReader);
    const folders = createFolderRepository(planReader);
    const page = { mine: false, trash: false, limit: 20 };
    for (const caller of callers) {
      for (const parent of ['', 'dir-3']) {
        await folders.list(caller, { ...page, parent });
        await folders.list(caller, { ...page, parent, behind: 'dir-4', mine: true });
        await folders.list(caller, { ...page, parent, trash: true });
      }
      for (const filter of [
        {},
        { isOwn: true },
        { folder: { path: 'dir-3/sub-7', isRecursive: false } },
      ] as const) {
        await files.facets(caller, filter);
      }
    }
    // A guest has no files of its own and none in the trash.
    expect(planReader.plans).toHaveLength(9 + 9 + 4);
    for (const plan of planReader.plans) {
      expect(plan).not.toMatch(/Seq Scan on (\w+_totals|usage_deltas|shares|kept_folders|files)/);
      // Files that are shared with a user have no totals: they are read by their ids.
      expect(plan).not.toMatch(/ on files(?! *\(|.*\n *Index Cond: \(\(tenant = .* AND \(id = )/);
    }
  });

  it('finds names by rare and frequent, short and long terms, page after page', async () => {
    const files = createFileRepository(test.database);
    const terms = [
      rareWord,
      '.jpg',
      'PHOTO',
      'invoice-a',
      '회의록',
      '사진',
      '진-',
      '록',
      'z',
      '-',
      'absent',
      '뷁',
    ];
    for (const search of terms) {
      for (const order of [
        { by: 'createdAt', direction: 'asc' },
        { by: 'originalName', direction: 'desc' },
      ] satisfies FileOrder[]) {
        const rows = await test.database.rows(sql<{ id: string }>`
          select id from bkend.files where position(${search.toLowerCase()} in search_name) > 0
          order by ${sql.raw(order.by === 'createdAt' ? 'created_at asc, id asc' : 'sort_name desc, id desc')}`);
        const expected = rows.map(({ id }) => id);
        const caller = admin(tenant);
        const page = async (position: { offset: number } | { after: FilePosition }) =>
          files.list(caller, { filter: { search }, order, limit: 20, ...position });
        const [first, late] = [await page({ offset: 0 }), await page({ offset: 1_000 })];
        expect(first.map(({ id }) => id)).toEqual(expected.slice(0, 20));
        expect(late.map(({ id }) => id)).toEqual(expected.slice(1_000, 1_020));
        const last = first.at(-1);
        if (last !== undefined) {
          const value = order.by === 'createdAt' ? last.createdAt : last.sortName;
          const second = await page({ after: { value, id: last.id } });
          expect(second.map(({ id }) => id)).toEqual(expected.slice(20, 40));
        }
        expect(await files.count(caller, { search })).toEqual({ total: expected.length, isExact: true });
      }
    }
  });
});
