import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { seedFiles } from '../../../../test-support/src/postgres/seed-files.ts';
import { createTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { admin } from '../../../../test-support/src/samples/samples.ts';
import { countFacets } from './count-facets.ts';

it('facets of many files are those of the latest when the time ends before all are counted', async () => {
  await using large = await createTestDatabase();
  const tenant = 'seeded/dev';
  await seedFiles(large.url, { tenant, fileCount: 6_000, users: 10 });
  // The first thousand files take a second to read.
  await large.database.rows(sql`
    create function bkend.slow(created_at timestamptz) returns boolean language plpgsql as $$
      begin
        if created_at < timestamptz '2026-01-01 00:00:10' then perform pg_sleep(0.001); end if;
        return true;
      end
    $$`);
  await large.database.rows(sql`alter table bkend.files rename to stored`);
  await large.database.rows(sql`
    create view bkend.files as select stored.* from bkend.stored where bkend.slow(created_at)`);
  const count = countFacets(large.database, { all: 300, latest: 20_000 });
  const { category, isExact } = await count(admin(tenant), { minSizeBytes: 0 });
  expect(isExact).toBe(false);
  expect(category.reduce((sum, { files }) => sum + files, 0)).toBe(5_000);
  expect(
    await countFacets(large.database, { all: 50, latest: 1 })(admin(tenant), { minSizeBytes: 0 }),
  ).toEqual({
    ...{ category: [], visibility: [], mimeType: [], tag: [], month: [] },
    isExact: false,
  });
});
