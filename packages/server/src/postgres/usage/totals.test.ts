import { visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { keptTotals, totalsOfFiles } from '../../../../test-support/src/postgres/totals.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, later, newTenant, newUpload, noon } from '../../../../test-support/src/samples/samples.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database/database.ts';
import { rebuildTotals } from './rebuild-totals.ts';
import { foldUsage } from './usage-ledger.ts';

const { database, uploads, files } = await useTestDatabase();

const folders = ['', 'a', 'a/b', 'a-b', 'a/b/c', '여행/2026'];
const types = ['image/png', 'text/plain', 'text/plain;charset=utf-8'];

const anyFile = fc.record({
  ownerId: fc.constantFrom('alice', 'bob'),
  ownerType: fc.constantFrom('user' as const, 'service' as const),
  folder: fc.constantFrom(...folders),
  visibility: fc.constantFrom(...visibilities),
  mimeType: fc.constantFrom(...types),
  sizeBytes: fc.integer({ min: 1, max: 9 }),
  tags: fc.subarray(['x', 'y', '태그', 'x']),
  month: fc.integer({ min: 0, max: 2 }),
});
type FileFields = typeof anyFile extends fc.Arbitrary<infer Fields> ? Fields : never;

async function register(tenant: Tenant, { tags, month, ...fields }: FileFields): Promise<string> {
  const createdAt = later(month * 30 * 86_400);
  const upload = newUpload(tenant, { contentType: fields.mimeType, createdAt });
  const registration = { ...fields, metadata: { tags } };
  return (await insertFile(uploads, admin(tenant), { upload, fields: registration })).id;
}

async function foldAll(): Promise<void> {
  while ((await foldUsage(database, 100)) > 0);
}

/** Runs these jobs again and again until the work is done. */
async function beside(
  jobs: readonly ((database: Database, limit: number) => Promise<number>)[],
  work: () => Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const running = jobs.map(async (job) => {
    while (!isOver) await job(database, 3);
  });
  try {
    await work();
  } finally {
    isOver = true;
    await Promise.all(running);
  }
}

/** A change as a process of the version before makes it, with a delta that says nothing of folders. */
async function changeAsBefore(tenant: Tenant, id: string | undefined): Promise<void> {
  await database.rows(sql`
    with before as materialized (select * from bkend.files where tenant = ${tenant} and id = ${id} for update),
    updated as (
      update bkend.files set visibility = 'public' from before
      where files.tenant = before.tenant and files.id = before.id returning files.*
    )
    insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
    select tenant, owner_id, owner_type, visibility, category, sum(files), sum(bytes)
    from (
      select tenant, owner_id, owner_type, visibility, category, -1 as files, -size_bytes as bytes from before
      union all
      select tenant, owner_id, owner_type, visibility, category, 1, size_bytes from updated
    ) as change
    group by tenant, owner_id, owner_type, visibility, category having sum(files) <> 0 or sum(bytes) <> 0`);
}

/** A fold by the job of the version before, into the totals of usage alone. */
async function foldAsBefore(): Promise<void> {
  await database.rows(sql`
    with folded as (delete from bkend.usage_deltas returning *)
    insert into bkend.usage_totals as total (tenant, owner_id, owner_type, visibility, category, files, bytes)
    select tenant, owner, type, visibility, category, sum(files), sum(bytes)
    from folded, lateral (values (owner_id, owner_type), ('', '')) as whose (owner, type)
    group by tenant, owner, type, visibility, category
    on conflict (tenant, owner_id, owner_type, visibility, category)
    do update set files = total.files + excluded.files, bytes = total.bytes + excluded.bytes`);
}

const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('register' as const), fields: anyFile }) },
  fc.record({ kind: fc.constant('change' as const), which: fc.nat(), fields: anyFile }),
  fc.record({
    kind: fc.constantFrom('trash' as const, 'restore' as const, 'remove' as const),
    which: fc.nat(),
  }),
);
const anyWork = fc.array(fc.array(anyStep, { minLength: 4, maxLength: 10 }), { minLength: 2, maxLength: 4 });

/** Does the steps of one writer, on files of all writers. */
async function write(
  tenant: Tenant,
  steps: readonly (typeof anyStep extends fc.Arbitrary<infer Step> ? Step : never)[],
  ids: string[],
): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'register') ids.push(await register(tenant, step.fields));
    const id = 'which' in step ? ids[step.which % Math.max(ids.length, 1)] : undefined;
    if (id === undefined) continue;
    if (step.kind === 'trash') await files.trash(admin(tenant), [id], noon);
    if (step.kind === 'restore') await files.restore(admin(tenant), [id]);
    if (step.kind === 'remove') await files.remove(admin(tenant), [id]);
    if (step.kind === 'change') {
      const { folder, visibility, tags } = step.fields;
      await files.change({ tenant, id, at: noon }, () => ({ folder, visibility, metadata: { tags } }));
    }
  }
}

describe('the totals of folders and facets', () => {
  it('are a count of the files after any changes by several writers, while deltas are folded', async () => {
    await fc.assert(
      fc.asyncProperty(anyWork, async (work) => {
        const tenant = newTenant();
        const ids: string[] = [];
        await beside([foldUsage], () => Promise.all(work.map((steps) => write(tenant, steps, ids))));
        await foldAll();
        expect(await keptTotals(database, tenant)).toEqual(await totalsOfFiles(database, tenant));
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['changes', changeAsBefore],
    ['folds', foldAsBefore],
  ])(
    'are exact again after %s of an earlier version, rebuilt while others write and fold',
    async (_, before) => {
      const tenant = newTenant();
      const ids: string[] = [];
      const [first = [], ...others] = fc.sample(anyWork, { numRuns: 5, seed: 12 }).flat();
      await write(tenant, first, ids);
      await before(tenant, ids[0]);
      await beside([foldUsage, rebuildTotals], async () => {
        await Promise.all(others.map((steps) => write(tenant, steps, ids)));
        await before(tenant, ids[1]);
      });
      await foldAll();
      while ((await rebuildTotals(database, 1)) > 0);
      expect(await keptTotals(database, tenant)).toEqual(await totalsOfFiles(database, tenant));
    },
  );

  it('have no rows that count nothing', async () => {
    const tenant = newTenant();
    const [fields] = fc.sample(anyFile, 1);
    const id = fields && (await register(tenant, fields));
    await foldAll();
    expect(Object.keys((await keptTotals(database, tenant)).folders)).toHaveLength(2);
    await files.remove(admin(tenant), [id ?? '']);
    await foldAll();
    expect(await keptTotals(database, tenant)).toEqual({ folders: {}, bytes: {}, facets: {} });
  });
});
