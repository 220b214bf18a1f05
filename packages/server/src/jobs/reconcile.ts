import { tenantOfFileKey } from '../files/file-key.ts';
import type { KnownKey } from '../files/upkeep.ts';
import type { Job, JobOptions, JobsDeps } from './job.ts';
import { mergeByKey } from './merge-by-key.ts';

const pageSize = 1_000;
const maxFindings = 1_000;

/**
 * Compares bucket and database both ways and reports bytes without a row, files without bytes, and multipart uploads
 * nobody answers for. What is younger than the grace period is left alone: it may be an upload on its way. Told to
 * repair, it queues lost bytes for purging and removes files whose bytes are gone. Objects whose keys are none of ours
 * are never touched, so a bucket can be shared.
 */
export const reconcile: Job = {
  name: 'reconcile',
  description: 'Compare bucket and database; with --repair, mend what differs.',
  everySeconds: 24 * 60 * 60,
  async run(deps, options) {
    const before = new Date(deps.clock().getTime() - graceSeconds(deps) * 1000);
    const tally = new Tally();
    await reconcileObjects(deps, options, { before, tally });
    await reconcileMultiparts(deps, options, { before, tally });
    return tally.report();
  },
};

interface Run {
  readonly before: Date;
  readonly tally: Tally;
}

/** Twice an upload's life: a PUT that began in the URL's last second has the whole second half to end. */
function graceSeconds({ limits }: Pick<JobsDeps, 'limits'>): number {
  return 2 * limits.unregisteredUploadLifeSeconds;
}

async function reconcileObjects(deps: JobsDeps, options: JobOptions, { before, tally }: Run): Promise<void> {
  const ours = async function* () {
    for await (const object of deps.objects.listObjects()) {
      tally.add('objects');
      if (tenantOfFileKey(object.key) !== undefined) yield object;
    }
  };
  for await (const { left: object, right: known } of mergeByKey(ours(), knownKeys(deps))) {
    if (options.signal.aborted) return;
    if (known?.kind === 'file') tally.add('files');
    if (object !== undefined && known === undefined && object.lastModified < before) {
      await handleOrphan(deps, options, { key: object.key, tally });
    }
    if (object === undefined && known?.file !== undefined && known.createdAt < before) {
      await handleLostFile(deps, options, { key: known.key, file: known.file, tally });
    }
  }
}

async function handleOrphan(
  deps: JobsDeps,
  options: JobOptions,
  { key, tally }: { key: string; tally: Tally },
): Promise<void> {
  tally.find('orphanedObjects', `bytes without a file: ${key}`);
  if (options.repair) tally.add('queuedForPurge', await deps.purges.enqueue([key]));
}

async function handleLostFile(
  deps: JobsDeps,
  options: JobOptions,
  { key, file, tally }: { key: string; file: NonNullable<KnownKey['file']>; tally: Tally },
): Promise<void> {
  // The bucket was listed before the database: a second look tells a lost file from one that came in between.
  if ((await deps.objects.head(key)) !== undefined) return;
  tally.find('lostFiles', `file without bytes: ${file.id} in ${file.tenant}, ${key}`);
  if (options.repair) tally.add('removedFiles', await deps.upkeep.removeLostFiles([file]));
}

async function reconcileMultiparts(
  deps: JobsDeps,
  options: JobOptions,
  { before, tally }: Run,
): Promise<void> {
  for await (const { key, multipartId, initiatedAt } of deps.objects.listMultiparts()) {
    if (options.signal.aborted) return;
    if (initiatedAt >= before || tenantOfFileKey(key) === undefined) continue;
    const known = await deps.upkeep.knownMultipartIds([multipartId]);
    if (known.has(multipartId)) continue;
    tally.find('orphanedMultiparts', `multipart upload without an owner: ${key}`);
    if (options.repair) {
      await deps.objects.abortMultipart({ key, multipartId });
      tally.add('abortedMultiparts');
    }
  }
}

async function* knownKeys({ upkeep }: Pick<JobsDeps, 'upkeep'>): AsyncGenerator<KnownKey> {
  let after: string | undefined;
  for (;;) {
    const page = await upkeep.knownKeys({ limit: pageSize, ...(after !== undefined && { after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < pageSize || after === undefined) return;
  }
}

/** What was counted and what was found, the findings capped so that a disaster does not fill memory. */
class Tally {
  readonly #counts = new Map<string, number>(
    ['objects', 'files', 'orphanedObjects', 'lostFiles', 'orphanedMultiparts'].map((name) => [name, 0]),
  );
  readonly #findings: string[] = [];

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  find(name: string, finding: string): void {
    this.add(name);
    if (this.#findings.length < maxFindings) this.#findings.push(finding);
  }

  report() {
    return { counts: Object.fromEntries(this.#counts), findings: this.#findings };
  }
}
