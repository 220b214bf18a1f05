import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { sampleJobsDeps } from '../../../../test-support/src/samples/jobs-deps.ts';
import { later, newTenant, newUpload, noon } from '../../../../test-support/src/samples/samples.ts';
import type { ObjectStore, StoredPart } from '../../files/object-store.ts';
import { holdPartsOfUploads } from '../../jobs/hold-parts.ts';
import type { Upload } from '../../uploads/upload.ts';

const { database, uploads } = await useTestDatabase();
const options = { repair: false, signal: new AbortController().signal };

let multiparts = 0;
async function begin(fields: Partial<Upload> = {}): Promise<Upload> {
  multiparts += 1;
  const multipartId = `m-${String(multiparts).padStart(5, '0')}-${newTenant()}`;
  const upload = newUpload(newTenant(), { sizeBytes: 100, isPending: false, ...fields, multipartId });
  await uploads.insert(upload);
  return upload;
}

/** Runs the job on a store that has parts of these sizes. */
function runOn(partsOf: (multipartId: string) => readonly number[] | undefined | Error) {
  // The job calls no other function of the store.
  const objects = {
    async listParts({ multipartId }: { readonly multipartId: string }) {
      const sizes = partsOf(multipartId);
      if (sizes instanceof Error) throw sizes;
      return sizes?.map((sizeBytes, index): StoredPart => ({ partNumber: index + 1, etag: 'e', sizeBytes }));
    },
  } as Partial<ObjectStore> as ObjectStore;
  return holdPartsOfUploads.run(
    sampleJobsDeps(database, objects, () => later(60)),
    options,
  );
}

describe('the job hold-parts', () => {
  it('ends the uploads whose parts are larger than was announced, and no others', async () => {
    const [over, within, ended, broken] = await Promise.all([begin(), begin(), begin(), begin()]);
    const aborted = await begin({ aborted: true });
    const expired = await begin({ expiresAt: noon });
    const report = await runOn((multipartId) => {
      if (multipartId === within.multipartId) return [60, 40];
      if (multipartId === ended.multipartId) return undefined;
      if (multipartId === broken.multipartId) return new Error('the store is away');
      return [60, 41];
    });
    expect(report.counts).toMatchObject({ refused: 1, failed: 1 });
    expect(report.findings).toEqual(
      expect.arrayContaining([expect.stringContaining(over.key), expect.stringContaining('store is away')]),
    );
    expect(await uploads.find(over.tenant, over.key)).toBeUndefined();
    for (const { tenant, key } of [within, ended, broken, aborted, expired])
      expect(await uploads.find(tenant, key)).toBeDefined();
  });

  it('has the parts of an ended upload purged, and records why it was refused', async () => {
    const over = await begin();
    await runOn((multipartId) => (multipartId === over.multipartId ? [101] : []));
    const purges = await database.rows(
      sql`select multipart_id from bkend.purges where tenant = ${over.tenant}`,
    );
    expect(purges).toEqual([{ multipart_id: over.multipartId }]);
    const events = await database.rows(sql`select type from bkend.events where tenant = ${over.tenant}`);
    expect(events).toEqual([{ type: 'upload.refused' }]);
  });

  it('looks at each of more uploads than one page has', async () => {
    const all = await Promise.all(Array.from({ length: 501 }, () => begin()));
    const seen = new Set<string>();
    await runOn((multipartId) => {
      seen.add(multipartId);
      return [];
    });
    for (const { multipartId } of all) expect(seen).toContain(multipartId);
  });
});
