import { type SortField, sortFields } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/postgres.ts';
import { admin, guest, noon, user } from '../../test/support/samples.ts';
import { rareWord, seedFiles } from '../../test/support/seed-files.ts';
import type { FileOrder, FilePosition } from '../files/ports.ts';
import { Database, type Statement } from './database.ts';
import { createFileRepository } from './files/file-repository.ts';

/** Sends every statement to be explained instead of done. */
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
  it('reads no table from end to end, whoever asks, in whatever order, at whatever place', async () => {
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
        }
      }
    }
    expect(planReader.plans.length).toBe(callers.length * sortFields.length * 2 * 6);
    for (const plan of planReader.plans) expect(plan).not.toMatch(/Seq Scan on (files|shares)/);
  });

  it('is counted from the usage, without a look at the files', async () => {
    planReader.plans.length = 0;
    const files = createFileRepository(planReader);
    for (const caller of callers) {
      for (const filter of [
        {},
        { visibility: 'public' },
        { category: 'media' },
        { ownerId: caller.kind },
      ] as const) {
        await files.count(caller, filter);
      }
    }
    expect(planReader.plans).toHaveLength(callers.length * 4);
    const ofAdminAndGuest = [...planReader.plans.slice(0, 4), ...planReader.plans.slice(8)];
    for (const plan of ofAdminAndGuest) expect(plan).not.toMatch(/ on files/);
    for (const plan of planReader.plans) expect(plan).not.toMatch(/Seq Scan on (files|shares)/);
  });

  it('finds names by rare and by frequent terms, short and long, page after page', async () => {
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
          order by ${sql.raw(order.by === 'createdAt' ? 'created_at asc, id asc' : 'original_name desc, id desc')}`);
        const expected = rows.map(({ id }) => id);
        const caller = admin(tenant);
        const page = async (place: { offset: number } | { after: FilePosition }) =>
          files.list(caller, { filter: { search }, order, limit: 20, ...place });
        const [first, late] = [await page({ offset: 0 }), await page({ offset: 1_000 })];
        expect(first.map(({ id }) => id)).toEqual(expected.slice(0, 20));
        expect(late.map(({ id }) => id)).toEqual(expected.slice(1_000, 1_020));
        const last = first.at(-1);
        if (last !== undefined) {
          const value = order.by === 'createdAt' ? last.createdAt : last.originalName;
          const second = await page({ after: { value, id: last.id } });
          expect(second.map(({ id }) => id)).toEqual(expected.slice(20, 40));
        }
        expect(await files.count(caller, { search })).toEqual({ total: expected.length, isExact: true });
      }
    }
  });
});
