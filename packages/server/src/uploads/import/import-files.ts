import { randomUUID } from 'node:crypto';
import { type Limits, StorageError } from '@bkend/storage-contract';
import type { File, Owner } from '../../files/file.ts';
import type { ObjectInfo, ObjectStore } from '../../files/object-store.ts';
import { requirePolicy } from '../../files/policy/require-policy.ts';
import type { Clock } from '../../files/ports.ts';
import { forEachConcurrently } from '../../for-each-concurrently.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { EnvironmentSettings } from '../../projects/settings-table.ts';
import { checkedBytesOf, requireContent } from '../content-check/require-content.ts';
import { copyKeyOf } from '../file-key.ts';
import { requireFileSize, sizeRangeOf } from '../file-size.ts';
import { findMissing, type IdentifiedEntry } from './find-missing.ts';
import type { ImportEntry, ImportRecord, ImportSource, SourceBytes } from './import-entry.ts';
import type { ImportRepository } from './import-ports.ts';
import { identifyImport, type PlannedFile, planImport } from './plan-import.ts';
import { Reservation } from './reservation.ts';

export interface ImportDeps {
  readonly imports: ImportRepository;
  readonly objects: Pick<ObjectStore, 'putStream' | 'copy' | 'headWithFirstBytes'>;
  readonly clock: Clock;
  readonly limits: Limits;
}

export interface ImportOptions {
  readonly tenant: Tenant;
  readonly settings: EnvironmentSettings;
  /** Takes files that the environment's policy refuses. */
  readonly ignoresPolicy: boolean;
  readonly defaultOwner: Owner;
  readonly owners: ReadonlyMap<string, string>;
  /** Checks, counts and changes nothing. */
  readonly isDryRun: boolean;
  /** Called for every entry that cannot be imported, in any order; the others go on. */
  onFailure(failure: ImportFailure): Promise<void>;
  /** Called after each batch. */
  onProgress?(counts: ImportCounts): void;
}

export interface ImportFailure {
  /** Where the entry stands in its source. */
  readonly at: string;
  readonly error: unknown;
  readonly record?: ImportRecord;
}

export interface ImportCounts {
  /** In a dry run, those that would be imported. */
  readonly imported: number;
  /** Bytes of these. A dry run opens none: 0. */
  readonly bytes: number;
  /** There already, by id or key. */
  readonly present: number;
  readonly failed: number;
}

/** Entries that are looked up, reserved and held in memory together. */
const batchSize = 500;
/** Entries whose bytes are on their way together. */
const concurrency = 16;
/** Written files are committed at this number, or at these bytes: a killed run repeats no more than these. */
const mostUncommitted = { files: 100, bytes: 64 * 1024 * 1024 };

type Planned = IdentifiedEntry &
  PlannedFile & { readonly objectKey: string; readonly facts: Facts | undefined };
type Facts = Awaited<ReturnType<NonNullable<SourceBytes['describe']>>>;

/**
 * Imports the files of a source that are not there yet, by id or key. Bytes come first, under an object key whose purge is queued,
 * and then the row, which cancels the purge: whatever dies, the next run does what is missing, and bytes without a file are purged.
 * Memory does not grow with the number of entries.
 */
export async function importFiles(
  deps: ImportDeps,
  source: ImportSource,
  options: ImportOptions,
): Promise<ImportCounts> {
  const counts = { imported: 0, bytes: 0, present: 0, failed: 0 };
  const tally: Tally = {
    counts,
    async fail(entry, error) {
      counts.failed += 1;
      await options.onFailure({ at: entry.at, error, ...('record' in entry && { record: entry.record }) });
    },
  };
  for await (const batch of batchesOf(source)) {
    const entries = await identifyAll(deps, options, { batch, tally });
    const { missing, twins, taken, present } = await findMissing(deps.imports, options.tenant, entries);
    counts.present += present.length;
    for (const entry of taken) await tally.fail(entry, identityTaken());
    if (options.isDryRun) await checkAll(deps, options, { missing, tally });
    else await writeAll(deps, options, { missing, tally });
    for (const twin of twins) await settleTwin(deps, options, { twin, tally });
    options.onProgress?.(counts);
  }
  return counts;
}

interface Tally {
  readonly counts: { -readonly [Name in keyof ImportCounts]: number };
  fail(entry: ImportEntry, error: unknown): Promise<void>;
}

interface Missing {
  readonly missing: readonly IdentifiedEntry[];
  readonly tally: Tally;
}

async function* batchesOf(source: ImportSource): AsyncGenerator<ImportEntry[]> {
  let batch: ImportEntry[] = [];
  for await (const entry of source) {
    batch.push(entry);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The entries of a batch with the ids and keys that they will have. */
async function identifyAll(
  { limits }: ImportDeps,
  { tenant }: ImportOptions,
  { batch, tally }: { readonly batch: readonly ImportEntry[]; readonly tally: Tally },
): Promise<IdentifiedEntry[]> {
  const identified: IdentifiedEntry[] = [];
  for (const entry of batch) {
    try {
      if ('fault' in entry) throw entry.fault;
      const identity = identifyImport({ limits, tenant }, entry.record, entry.bytes.name);
      identified.push({ ...entry, identity });
    } catch (error) {
      await tally.fail(entry, error);
    }
  }
  return identified;
}

/** An entry like one before it: the file is there, unless that one failed. */
async function settleTwin(
  { imports }: ImportDeps,
  { tenant, isDryRun }: ImportOptions,
  { twin, tally }: { readonly twin: IdentifiedEntry; readonly tally: Tally },
): Promise<void> {
  const { id, givenKey } = twin.identity;
  const keys = givenKey === undefined ? [] : [givenKey];
  const isThere = isDryRun || (await imports.findExisting(tenant, { ids: [id], keys })).length > 0;
  if (isThere) tally.counts.present += 1;
  else
    await tally.fail(
      twin,
      new StorageError('file/not-found', 'An entry before it has its id or key, and failed.'),
    );
}

function identityTaken(): StorageError {
  return new StorageError(
    'file/s3-key-already-exists',
    'Another file has this id or this key: one of both is that of a file which has another one of the other.',
  );
}

/** Type and facts of the bytes, and the file that they become. */
async function plan(
  { limits, clock }: ImportDeps,
  { tenant, settings, ignoresPolicy, defaultOwner, owners }: ImportOptions,
  entry: IdentifiedEntry,
): Promise<Planned> {
  const facts = await entry.bytes.describe?.();
  const mimeType = entry.record.mimeType ?? facts?.contentType ?? 'application/octet-stream';
  const planned = planImport({ ...entry.record, mimeType }, entry.identity, {
    ...{ tenant, settings, limits, defaultOwner, owners },
    now: clock(),
  });
  if (!ignoresPolicy)
    requirePolicy(settings, { ...planned.file, sizeBytes: facts?.sizeBytes ?? planned.announcedBytes });
  return { ...entry, ...planned, facts, objectKey: copyKeyOf(planned.baseKey, randomUUID()) };
}

async function checkAll(
  deps: ImportDeps,
  options: ImportOptions,
  { missing, tally }: Missing,
): Promise<void> {
  await forEachConcurrently(missing, concurrency, async (entry) => {
    try {
      await plan(deps, options, entry);
      await entry.bytes.check();
      tally.counts.imported += 1;
    } catch (error) {
      await tally.fail(entry, error);
    }
  });
}

async function writeAll(
  deps: ImportDeps,
  options: ImportOptions,
  { missing, tally }: Missing,
): Promise<void> {
  const planned: Planned[] = [];
  await forEachConcurrently(missing, concurrency, async (entry) => {
    await plan(deps, options, entry).then(
      (each) => planned.push(each),
      (error) => tally.fail(entry, error),
    );
  });
  if (planned.length === 0) return;
  const { tenant } = options;
  await using reservation = await Reservation.open(deps, tenant, planned);
  let written: { readonly entry: Planned; readonly file: File }[] = [];
  const commit = async () => {
    const group = written;
    written = [];
    if (group.length === 0) return;
    const create = async (files: typeof group): Promise<void> => {
      const created = await reservation.create(files.map(({ file }) => file));
      for (const { entry, file } of files) {
        if (created.has(file.id)) {
          tally.counts.imported += 1;
          tally.counts.bytes += file.sizeBytes;
        } else await settle(deps, options, { entry, tally });
      }
    };
    try {
      await create(group);
    } catch (error) {
      if (!isQuotaExceeded(error)) throw error;
      // Some may fit.
      for (const each of group) {
        await create([each]).catch((refusal) => {
          if (!isQuotaExceeded(refusal)) throw refusal;
          return tally.fail(each.entry, refusal);
        });
      }
    }
  };
  await forEachConcurrently(planned, concurrency, async (entry) => {
    try {
      const { sizeBytes, etag } = await writeBytes(deps, options, entry);
      await requireWrittenContent(deps, options, entry);
      const isScanned = options.settings.scanner && !options.ignoresPolicy;
      const file = { ...entry.file, objectKey: entry.objectKey, sizeBytes, etag };
      written.push({ entry, file: isScanned ? { ...file, scan: 'pending' } : file });
    } catch (error) {
      await tally.fail(entry, error);
    }
    const bytes = written.reduce((sum, { file }) => sum + file.sizeBytes, 0);
    if (written.length >= mostUncommitted.files || bytes >= mostUncommitted.bytes) await commit();
  });
  await commit();
}

/** The purge of bytes without a file is queued. @throws `file/content-mismatch` */
async function requireWrittenContent(
  { objects }: ImportDeps,
  { settings, ignoresPolicy }: ImportOptions,
  { objectKey, file: { mimeType } }: Planned,
): Promise<void> {
  const count = ignoresPolicy ? 0 : checkedBytesOf(settings, mimeType);
  if (count === 0) return;
  const written = await objects.headWithFirstBytes(objectKey, count);
  if (written !== undefined) await requireContent(mimeType, written.firstBytes);
}

function isQuotaExceeded(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'file/quota-exceeded';
}

/** A file that was not created: another run was first, or the purge of its bytes has begun. */
async function settle(
  { imports }: ImportDeps,
  { tenant }: ImportOptions,
  { entry, tally }: { readonly entry: Planned; readonly tally: Tally },
): Promise<void> {
  const { id, key } = entry.file;
  const existing = await imports.findExisting(tenant, { ids: [id], keys: [key] });
  if (existing.some((file) => file.id === id && file.key === key)) tally.counts.present += 1;
  else if (existing.length > 0) await tally.fail(entry, identityTaken());
  else
    await tally.fail(entry, new StorageError('common/unavailable', 'Writing took too long; import again.'));
}

/** @throws the codes of sizes, `file/size-mismatch`, `common/unavailable`, and what the source throws */
async function writeBytes(
  { objects, limits }: ImportDeps,
  { settings, ignoresPolicy }: ImportOptions,
  { bytes, facts, file, objectKey, announcedBytes }: Planned,
): Promise<Pick<ObjectInfo, 'etag' | 'sizeBytes'>> {
  const requireSize = (sizeBytes: number) => {
    requireFileSize(sizeBytes, sizeRangeOf('multipart', limits, settings));
    if (!ignoresPolicy) requirePolicy(settings, { ...file, sizeBytes });
    if (announcedBytes === undefined || announcedBytes === sizeBytes) return;
    const message = `The source says ${announcedBytes} bytes, and there are ${sizeBytes}.`;
    throw new StorageError('file/size-mismatch', message, {
      details: { size: announcedBytes, storedSize: sizeBytes },
    });
  };
  const { mimeType: contentType } = file;
  if (bytes.object !== undefined && facts !== undefined) {
    requireSize(facts.sizeBytes);
    const { bucket: fromBucket, key: from } = bytes.object;
    const copy = await objects.copy({ from, fromBucket, to: objectKey, contentType, source: facts });
    if (copy !== 'source-changed') return copy;
    throw new StorageError('common/unavailable', 'The object changed while it was copied; import again.');
  }
  const { body, sizeBytes } = await bytes.open();
  try {
    requireSize(sizeBytes);
    return await objects.putStream({ key: objectKey, contentType, sizeBytes, body });
  } finally {
    body.destroy();
  }
}
