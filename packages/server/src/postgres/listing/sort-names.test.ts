import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { sortNameOf } from '../../files/sort-name.ts';

const { database } = await useTestDatabase();

const anyName = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }).filter((name) => !name.includes('\0')),
  fc.string({ unit: fc.constantFrom(...'aAbBßẞéÉ٢2１０9 .-_가나ﷺ😀ΣςσİıK'), minLength: 1, maxLength: 40 }),
);

it('PostgreSQL sorts any names as their sort names say, in the collation of the column', async () => {
  const [column] = await database.rows(sql<{ collation_name: string }>`
    select collation_name from information_schema.columns
    where table_schema = 'bkend' and table_name = 'files' and column_name = 'sort_name'`);
  expect(column?.collation_name).toBe('C');
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(anyName, { minLength: 2, maxLength: 60 }), async (names) => {
      const rows = await database.rows(sql<{ name: string }>`
        select name from unnest(${names}::text[], ${names.map(sortNameOf)}::text[]) as named (name, sort_name)
        order by sort_name collate "C"`);
      const bytes = new Map(names.map((name) => [name, Buffer.from(sortNameOf(name))]));
      const expected = names.toSorted((a, b) =>
        Buffer.compare(bytes.get(a) ?? Buffer.alloc(0), bytes.get(b) ?? Buffer.alloc(0)),
      );
      expect(rows.map(({ name }) => name)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
