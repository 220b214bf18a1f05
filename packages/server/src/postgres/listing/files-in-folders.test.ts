import fc from 'fast-check';
import type { RawBuilder } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import {
  anyFile,
  anyFilter,
  anyFolder,
  anyOrder,
  callersOf,
  compareIn,
  matches,
  storeFile,
} from '../../../../test-support/src/samples/listed-files.ts';
import { newTenant } from '../../../../test-support/src/samples/samples.ts';
import { canRead } from '../../files/access.ts';
import { positionOf } from '../../files/listing/list-cursor.ts';
import type { FileFilter, FilePosition, FolderFilter } from '../../files/listing/listing.ts';
import type { Caller } from '../../identity/caller.ts';
import { foldUsage } from '../usage/usage-ledger.ts';
import { isNarrowedBySources } from './filter.ts';
import { positionsBelow } from './folder-positions.ts';
import type { List } from './positions.ts';
import { visibleSources } from './visible-sources.ts';

const { database, uploads, files } = await useTestDatabase();

/** The positions that are read folder by folder, as where many files lie below a folder. */
async function mergedBelow(
  caller: Caller,
  { list, folder }: { readonly list: List; readonly folder: FolderFilter },
): Promise<FilePosition[]> {
  const sources = visibleSources(caller, list.filter);
  if (sources.length === 0) return [];
  // The statement selects a position's columns.
  const statement = positionsBelow(sources, list, { folder, limit: 100 }) as RawBuilder<FilePosition>;
  return database.rows(statement);
}

/** Filters of a folder alone or with what chooses the sources, and of anything else. */
const anyQuestion = fc.tuple(
  fc.oneof(
    fc.record({ folder: anyFolder }),
    fc.record(
      {
        folder: anyFolder,
        visibility: fc.constantFrom('public', 'private', 'shared'),
        ownerId: fc.constantFrom('alice', 'bob'),
        isOwn: fc.constant(true as const),
      },
      { requiredKeys: ['folder'] },
    ) satisfies fc.Arbitrary<FileFilter>,
    anyFilter,
  ),
  fc.oneof(
    fc.record({
      by: fc.constantFrom('createdAt', 'originalName'),
      direction: fc.constantFrom('asc', 'desc'),
    }),
    anyOrder,
  ),
);

describe('lists of folders', () => {
  it('show the files in a folder or below it, page by page and by positions, and count them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFile, { minLength: 1, maxLength: 30 }),
        fc.array(anyQuestion, { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (described, questions, step, isFolded) => {
          const tenant = newTenant();
          const all = await Promise.all(described.map((fields) => storeFile(uploads, tenant, fields)));
          if (isFolded) while ((await foldUsage(database, 1_000)) > 0);
          for (const [filter, order] of questions) {
            for (const caller of callersOf(tenant)) {
              const expected = all
                .filter((file) => canRead(caller, file) && matches(caller, file, filter))
                .sort(compareIn(order));
              expect(await files.list(caller, { filter, order, limit: 100 })).toEqual(expected);
              expect(await files.count(caller, filter)).toEqual({ total: expected.length, isExact: true });

              const everyStep = expected.filter((_, index) => (index + 1) % step === 0);
              const positions = everyStep.map((file) => positionOf(file, order));
              expect(await files.positions(caller, { filter, order, step, limit: 100 })).toEqual(positions);
              const { folder, ...rest } = filter;
              if (folder?.isRecursive === true && isNarrowedBySources(rest)) {
                const list = { filter, order, tenant: caller.tenant };
                expect(await mergedBelow(caller, { list, folder })).toEqual(
                  expected.map((file) => positionOf(file, order)),
                );
              }
              const [first] = positions;
              if (first === undefined) continue;
              expect(await files.positions(caller, { filter, order, step, limit: 1 })).toEqual([first]);
              expect(await files.list(caller, { filter, order, limit: 100, after: first })).toEqual(
                expected.slice(step),
              );
              expect(
                await files.positions(caller, { filter, order, step, limit: 100, after: first }),
              ).toEqual(positions.slice(1));
            }
          }
        },
      ),
      { numRuns: 5 },
    );
  });
});
