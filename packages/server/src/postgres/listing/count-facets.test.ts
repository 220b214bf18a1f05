import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import {
  anyFile,
  anyFilter,
  callersOf,
  matches,
  storeFile,
  users,
} from '../../../../test-support/src/samples/listed-files.ts';
import { admin, newTenant, noon } from '../../../../test-support/src/samples/samples.ts';
import { canManage, canRead } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import type { Facets, FileFilter } from '../../files/listing/listing.ts';
import type { FileChange } from '../../files/ports.ts';
import { foldUsage } from '../usage/usage-ledger.ts';

const { database, uploads, files } = await useTestDatabase();

/** The facets of these files, of which there are fewer values than are counted. */
function facetsOf(listed: readonly File[]): Facets {
  const count = <Value extends string>(valuesOf: (file: File) => readonly Value[]) => {
    const counts = new Map<Value, number>();
    for (const value of listed.flatMap(valuesOf)) counts.set(value, (counts.get(value) ?? 0) + 1);
    const bytes = (text: string) => Buffer.from(text);
    return [...counts]
      .map(([value, files]) => ({ value, files }))
      .sort((a, b) => b.files - a.files || bytes(a.value).compare(bytes(b.value)));
  };
  return {
    category: count(({ category }) => [category]),
    visibility: count(({ visibility, scan, deletedAt }) =>
      scan === 'pending' && deletedAt === undefined ? [] : [visibility],
    ),
    mimeType: count(({ mimeType }) => [mimeType.split(';')[0] ?? '']),
    tag: count(({ metadata }) => [...new Set(metadata.tags)]),
    month: count(({ createdAt }) => [createdAt.toISOString().slice(0, 7)]),
    isExact: true,
  };
}

/** The filters that facets are read from totals by, and others. */
const plainFilters: readonly FileFilter[] = [
  {},
  { isOwn: true },
  { visibility: 'shared' },
  { ownerId: users[0] },
  { folder: { path: 'a/b', isRecursive: false } },
  { folder: { path: '', isRecursive: false }, isOwn: true },
  { folder: { path: 'a', isRecursive: true } },
];

describe('facets', () => {
  it('are those of the files that each caller may read and that match, and of no others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFile, { minLength: 1, maxLength: 30 }),
        fc.array(anyFilter, { minLength: 4, maxLength: 4 }),
        fc.nat({ max: 40 }),
        async (described, filters, folded) => {
          const tenant = newTenant();
          let all = await Promise.all(described.map((fields) => storeFile(uploads, tenant, fields)));
          const trashed: File[] = [];
          const check = async () => {
            for (const caller of callersOf(tenant)) {
              for (const filter of [...plainFilters, ...filters]) {
                const listed = all.filter((file) => canRead(caller, file) && matches(caller, file, filter));
                const found = await files.facets(caller, filter);
                expect({ caller, filter, found }).toEqual({ caller, filter, found: facetsOf(listed) });
              }
              const inTrash = trashed.filter((file) => canManage(caller, file));
              expect(await files.facets(caller, { trash: true })).toEqual(facetsOf(inTrash));
            }
          };
          await foldUsage(database, folded);
          await check();
          // Deltas of these changes are not folded yet.
          const [first, second, third, ...others] = all;
          all = others;
          if (first) await files.trash(admin(tenant), [first.id], noon);
          if (first) trashed.push({ ...first, deletedAt: noon });
          if (second) await files.remove(admin(tenant), [second.id]);
          const changes: FileChange = {
            visibility: 'private',
            folder: 'a/b',
            metadata: { tags: ['z', 'z'] },
          };
          const changed = third && (await files.change({ tenant, id: third.id, at: noon }, () => changes));
          if (changed) all.push(changed);
          await check();
        },
      ),
      { numRuns: 4 },
    );
  });

  it('have the 50 most frequent tags, and all months, the latest first', async () => {
    const tenant = newTenant();
    const [fields] = fc.sample(anyFile, 1);
    if (fields === undefined) return;
    const tags = Array.from({ length: 60 }, (_, number) => `tag-${number}`);
    for (const each of [tags.slice(0, 50), tags.slice(30), tags.slice(30, 40)]) {
      await storeFile(uploads, tenant, { ...fields, tags: each });
    }
    const { tag } = await files.facets(admin(tenant), {});
    expect(tag).toHaveLength(50);
    expect(tag.map(({ files }) => files)).toEqual([
      ...Array(10).fill(3),
      ...Array(10).fill(2),
      ...Array(30).fill(1),
    ]);
    expect(tag.slice(0, 10).map(({ value }) => value)).toEqual(tags.slice(30, 40));
  });
});
