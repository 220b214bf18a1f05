import { readObjectKey } from '../../files/file-key.ts';
import type { FileRef, KnownKey } from '../../files/upkeep.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Job, JobOptions, JobsDeps } from '../job.ts';
import { findExcess, findObstacle } from './may-act.ts';
import { mergeByKey } from './merge-by-key.ts';
import { reconcileMultiparts } from './reconcile-multiparts.ts';
import { Tally } from './tally.ts';

const pageSize = 1_000;

/**
 * Compares bucket and database both ways. By itself it removes only what no file can be missing: copies that lost against
 * another attempt, and multipart uploads that no upload stands for, past their time. Files without bytes are marked and
 * reported and never removed; bytes without a file elsewhere, and records that say something else than their bytes, are
 * reported. It changes nothing where `may-act.ts` sees a reason. Told to repair, it does the rest. Objects whose keys
 * are none of ours are never touched, so that a bucket can be shared.
 */
export const reconcile: Job = {
  name: 'reconcile',
  description: 'Compare bucket and database; with --repair, mend what differs.',
  everySeconds: 24 * 60 * 60,
  async run(deps, options) {
    const before = new Date(deps.clock().getTime() - graceSeconds(deps) * 1000);
    const tally = new Tally(['objects', 'files', ...Object.values(nameOf), 'orphanedMultiparts']);
    const obstacle = await findObstacle(deps, options);
    if (obstacle !== undefined) tally.note(obstacle);
    const differences = await findDifferences(deps, options, { before, tally });
    const multiparts = await reconcileMultiparts(deps, options, { before, tally });
    if (obstacle === undefined && !options.signal.aborted) {
      await mend(deps, options, { ...differences, tally });
      await multiparts.abort();
    }
    return tally.report();
  },
};

/** Twice an upload's life: a PUT that began in the URL's last second has the whole second half to end. */
function graceSeconds({ limits }: Pick<JobsDeps, 'limits'>): number {
  return 2 * limits.unregisteredUploadLifeSeconds;
}

interface LostFile extends FileRef {
  readonly key: string;
}

interface Differences {
  readonly losingCopies: string[];
  readonly orphans: string[];
  readonly lost: LostFile[];
  readonly found: FileRef[];
  readonly drifted: LostFile[];
  seen: number;
}

const nameOf = {
  losingCopies: 'losingCopies',
  orphans: 'orphanedObjects',
  lost: 'lostFiles',
  drifted: 'driftedFiles',
} as const;

/** Looks, and changes nothing. */
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
    if (known?.file === undefined) continue;
    const file = { ...known.file, key: known.key };
    if (object === undefined) {
      // The bucket was listed before the database: a second look tells a lost file from one that came in between.
      if (known.createdAt >= before || (await deps.objects.head(known.key)) !== undefined) continue;
      tally.find(nameOf.lost, `file without bytes: ${file.id} in ${file.tenant}, ${known.key}`);
      differences.lost.push(file);
      continue;
    }
    if (file.isLost) differences.found.push(file);
    const isSame = object.sizeBytes === file.sizeBytes && (object.etag ?? file.etag) === file.etag;
    if (isSame) continue;
    tally.find(nameOf.drifted, `record and bytes differ: ${file.id} in ${file.tenant}, ${known.key}`);
    differences.drifted.push(file);
  }
  return differences;
}

async function mend(
  deps: JobsDeps,
  options: JobOptions,
  { losingCopies, orphans, lost, found, drifted, seen, tally }: Differences & { readonly tally: Tally },
): Promise<void> {
  const bytes = options.repair ? [...losingCopies, ...orphans] : losingCopies;
  const tooMany = findExcess('bytes without a file', { touched: bytes.length, seen }, options);
  if (tooMany !== undefined) tally.note(tooMany);
  else for (const keys of pagesOf(bytes)) tally.add('queuedForPurge', await deps.purges.enqueue(keys));

  for (const files of pagesOf(found)) tally.add('foundFiles', await deps.upkeep.markFound(files));
  const tooManyLost = findExcess('files without bytes', { touched: lost.length, seen }, options);
  if (tooManyLost !== undefined) tally.note(tooManyLost);
  else for (const files of pagesOf(lost)) await mendLost(deps, options, { files, tally });
  if (!options.repair) return;
  for (const file of drifted) {
    const info = await deps.objects.head(file.key);
    if (info !== undefined) tally.add('correctedFiles', await deps.upkeep.correctFile(file, info));
  }
}

async function mendLost(
  { upkeep, clock }: JobsDeps,
  { repair }: JobOptions,
  { files, tally }: { readonly files: readonly FileRef[]; readonly tally: Tally },
): Promise<void> {
  if (repair) tally.add('removedFiles', await upkeep.removeLostFiles(files));
  else tally.add('markedFiles', await upkeep.markLost(files, clock()));
}

/**
 * Tenant by tenant, in the order in which the bucket lists them: of two tenants of which one begins with the other's name,
 * `shop/dev-2/…` comes before `shop/dev/…`.
 */
async function* knownKeys({ upkeep }: Pick<JobsDeps, 'upkeep'>): AsyncGenerator<KnownKey> {
  const prefixOf = (tenant: Tenant) => `${tenant}/`;
  const tenants = await upkeep.knownTenants();
  // Tenants are ASCII, so that the order of strings is that of bytes.
  tenants.sort((a, b) => (prefixOf(a) < prefixOf(b) ? -1 : 1));
  for (const tenant of tenants) yield* keysOf(upkeep, tenant);
}

async function* keysOf(upkeep: JobsDeps['upkeep'], tenant: Tenant): AsyncGenerator<KnownKey> {
  let after: string | undefined;
  for (;;) {
    const page = await upkeep.knownKeys({ tenant, limit: pageSize, ...(after !== undefined && { after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < pageSize || after === undefined) return;
  }
}

function* pagesOf<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += pageSize) yield items.slice(start, start + pageSize);
}
