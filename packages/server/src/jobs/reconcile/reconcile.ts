import type { Tenant } from '../../identity/tenant.ts';
import { readObjectKey } from '../../uploads/file-key.ts';
import type { Job, JobOptions, JobsDeps } from '../job.ts';
import type { BytesRef, KnownKey } from '../ports.ts';
import { mergeByKey } from './merge-by-key.ts';
import { reconcileMultiparts } from './reconcile-multiparts.ts';
import { findExcess, findObstacle } from './safeguards.ts';
import { Tally } from './tally.ts';

const pageSize = 1_000;

/**
 * Compares bucket and database in both directions. By itself it removes only what no file can need: copies of attempts
 * that lost, and orphaned multipart uploads, past their time. Files without bytes are marked and reported, never removed;
 * other orphans, and records that differ from their bytes, are reported. It changes nothing where `safeguards.ts` has a
 * reason. With `repair` it removes lost files and orphans and corrects records. Objects whose keys this server never
 * issued are not touched, so that a bucket can be shared.
 */
export const reconcile: Job = {
  name: 'reconcile',
  description: 'Compare bucket and database; with --repair, repair differences.',
  everySeconds: 24 * 60 * 60,
  async run(deps, options) {
    const before = new Date(deps.clock().getTime() - graceSeconds(deps) * 1000);
    const tally = new Tally(['objects', 'files', ...Object.values(nameOf), 'orphanedMultiparts']);
    const obstacle = await findObstacle(deps, options);
    if (obstacle !== undefined) tally.note(obstacle);
    const differences = await findDifferences(deps, options, { before, tally });
    const multiparts = await reconcileMultiparts(deps, options, { before, tally });
    if (obstacle === undefined && !options.signal.aborted) {
      await repair(deps, options, { ...differences, tally });
      await multiparts.abort();
    }
    return tally.report();
  },
};

/** Twice an upload's life: a PUT begun in its URL's last second has the second half to end. */
function graceSeconds({ limits }: Pick<JobsDeps, 'limits'>): number {
  return 2 * limits.unregisteredUploadLifeSeconds;
}

interface Differences {
  readonly losingCopies: string[];
  readonly orphans: string[];
  readonly lost: BytesRef[];
  readonly found: BytesRef[];
  readonly drifted: BytesRef[];
  seen: number;
}

const nameOf = {
  losingCopies: 'losingCopies',
  orphans: 'orphanedObjects',
  lost: 'lostFiles',
  lostVersions: 'lostVersions',
  drifted: 'driftedFiles',
} as const;

/** Compares, and changes nothing. */
async function findDifferences(
  deps: JobsDeps,
  { signal }: JobOptions,
  { before, tally }: { readonly before: Date; readonly tally: Tally },
): Promise<Differences> {
  const differences: Differences = {
    losingCopies: [],
    orphans: [],
    lost: [],
    found: [],
    drifted: [],
    seen: 0,
  };
  const ours = async function* () {
    for await (const object of deps.objects.listObjects()) {
      tally.add('objects');
      const key = readObjectKey(object.key);
      if (key !== undefined && key.kind !== 'pending') yield { ...object, kind: key.kind };
    }
  };
  for await (const { left: object, right: known } of mergeByKey(ours(), knownKeys(deps))) {
    if (signal.aborted) break;
    differences.seen += 1;
    if (known?.kind === 'file') tally.add('files');
    if (object !== undefined && known === undefined && object.lastModified < before) {
      const what = object.kind === 'copy' ? 'losingCopies' : 'orphans';
      tally.find(nameOf[what], `bytes without a file: ${object.key}`);
      differences[what].push(object.key);
    }
    if (known?.record === undefined) continue;
    const { record } = known;
    if (object === undefined) {
      // The bucket was listed before the database: a HEAD tells a lost file from one registered in between.
      if (known.createdAt >= before || (await deps.objects.head(known.key)) !== undefined) continue;
      const isFile = record.version === undefined;
      const finding = `${known.kind} without bytes: ${describe(record)}, ${known.key}`;
      tally.find(isFile ? nameOf.lost : nameOf.lostVersions, finding);
      differences.lost.push(record);
      continue;
    }
    if (record.isLost) differences.found.push(record);
    const isSame = object.sizeBytes === record.sizeBytes && (object.etag ?? record.etag) === record.etag;
    if (isSame) continue;
    tally.find(nameOf.drifted, `record and bytes differ: ${describe(record)}, ${known.key}`);
    differences.drifted.push(record);
  }
  return differences;
}

function describe({ tenant, id, version }: BytesRef): string {
  return `${version === undefined ? '' : `version ${version} of `}${id} in ${tenant}`;
}

async function repair(
  deps: JobsDeps,
  options: JobOptions,
  { losingCopies, orphans, lost, found, drifted, seen, tally }: Differences & { readonly tally: Tally },
): Promise<void> {
  const bytes = options.repair ? [...losingCopies, ...orphans] : losingCopies;
  const tooMany = findExcess('bytes without a file', { touched: bytes.length, seen }, options);
  if (tooMany !== undefined) tally.note(tooMany);
  else for (const keys of pagesOf(bytes)) tally.add('queuedForPurge', await deps.purges.enqueue(keys));

  for (const files of pagesOf(found)) tally.add('foundFiles', await deps.maintenance.markFound(files));
  const tooManyLost = findExcess('files without bytes', { touched: lost.length, seen }, options);
  if (tooManyLost !== undefined) tally.note(tooManyLost);
  else for (const files of pagesOf(lost)) await repairLost(deps, options, { files, tally });
  if (!options.repair) return;
  for (const record of drifted) {
    const info = await deps.objects.head(record.objectKey);
    if (info !== undefined) tally.add('correctedFiles', await deps.maintenance.correct(record, info));
  }
}

async function repairLost(
  { maintenance, clock }: JobsDeps,
  { repair }: JobOptions,
  { files, tally }: { readonly files: readonly BytesRef[]; readonly tally: Tally },
): Promise<void> {
  if (repair) tally.add('removedFiles', await maintenance.removeLost(files));
  else tally.add('markedFiles', await maintenance.markLost(files, clock()));
}

/**
 * Object keys tenant by tenant, in the order of the bucket's list: `shop/dev-2/…` comes before `shop/dev/…`, although the
 * tenant `shop/dev` sorts first.
 */
async function* knownKeys({ maintenance }: Pick<JobsDeps, 'maintenance'>): AsyncGenerator<KnownKey> {
  const prefixOf = (tenant: Tenant) => `${tenant}/`;
  const tenants = await maintenance.knownTenants();
  // Tenants are ASCII, so that the order of strings is that of bytes.
  tenants.sort((a, b) => (prefixOf(a) < prefixOf(b) ? -1 : 1));
  for (const tenant of tenants) yield* keysOf(maintenance, tenant);
}

async function* keysOf(maintenance: JobsDeps['maintenance'], tenant: Tenant): AsyncGenerator<KnownKey> {
  let after: string | undefined;
  for (;;) {
    const page = await maintenance.knownKeys({
      tenant,
      limit: pageSize,
      ...(after !== undefined && { after }),
    });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < pageSize || after === undefined) return;
  }
}

function* pagesOf<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += pageSize) yield items.slice(start, start + pageSize);
}
