import { randomUUID } from 'node:crypto';
import { copyKeyOf } from '../uploads/file-key.ts';
import { inBatches, type Job, type JobsDeps, nextAttemptAt } from './job.ts';
import type { FileRef } from './ports.ts';
import { Tally } from './reconcile/tally.ts';
import type { UnsealedFile } from './sealing.ts';

const batchSize = 100;
/** Longer than a copy takes. */
const copyMs = 30 * 60 * 1000;
/** After this many failures in one run the store is at fault rather than the files: the run ends. */
const maxFailures = 20;

/**
 * Seals files that the first version registered, while an upload URL may still overwrite their bytes: the bytes are
 * copied to an object key that no URL reaches, and the record gets the copy's ETag and size; a difference is reported.
 * Waits until no process of the first version serves any more. A file that cannot be sealed is tried again with back-off,
 * at most an hour later; the back-off is kept in the database, so that all processes share it.
 */
export const sealFiles: Job = {
  name: 'seal-files',
  description: 'Copy bytes of files registered just before an upgrade where no upload URL reaches them.',
  everySeconds: 2,
  startsAtOnce: true,
  async run(deps, { signal }) {
    const tally = new Tally(['sealed', 'failed']);
    if (await deps.sealing.hasOlderProcesses()) return tally.report();
    const adoptMultiparts = (limit: number) => deps.sealing.adoptMultiparts({ limit });
    tally.add('sealed', await inBatches({ batchSize, signal }, adoptMultiparts));
    let after: FileRef | undefined;
    for (;;) {
      const request = { now: deps.clock(), limit: batchSize, ...(after && { after }) };
      const files = await deps.sealing.findUnsealed(request);
      if (files.length === 0) return tally.report();
      for (const file of files) {
        if (signal.aborted || tally.count('failed') >= maxFailures) return tally.report();
        await tryToSeal(deps, file, tally);
      }
      after = files.at(-1);
    }
  },
};

/** Seals a file; a failure is reported once, and the file's next attempt put off. */
async function tryToSeal(deps: JobsDeps, file: UnsealedFile, tally: Tally): Promise<void> {
  try {
    await sealFile(deps, file, tally);
  } catch (error) {
    const at = await putOff(deps, file);
    const reason = error instanceof Error ? error.message : String(error);
    tally.find(
      'failed',
      `attempt ${file.attempts + 1} to seal ${nameOf(file)} failed, the next is at ${at.toISOString()}: ${reason}`,
    );
  }
}

async function sealFile(deps: JobsDeps, file: UnsealedFile, tally: Tally): Promise<void> {
  const { tenant, id, key } = file;
  const source = await deps.objects.head(key);
  if (source === undefined) {
    await putOff(deps, file);
    // A lost file is reported once, by the run that marks it.
    if (file.isLost) return;
    await deps.maintenance.markLost([{ tenant, id, objectKey: key }], deps.clock());
    return tally.find('lost', `file without bytes: ${nameOf(file)}`);
  }
  const copy = {
    tenant,
    objectKey: copyKeyOf(key, randomUUID()),
    until: new Date(deps.clock().getTime() + copyMs),
  };
  await deps.sealing.expectCopy(copy);
  const to = copy.objectKey;
  const bytes = await deps.objects.copy({ from: key, to, contentType: file.mimeType, source });
  // Overwritten between HEAD and copy: the next run seals the new bytes.
  if (bytes === 'source-changed') return;
  if (!(await deps.sealing.takeCopy({ ...copy, ...bytes, id }))) return;
  tally.add('sealed');
  if (bytes.etag !== file.etag || bytes.sizeBytes !== file.sizeBytes) {
    tally.find('drifted', `bytes were changed after they were registered: ${nameOf(file)}`);
  }
}

/** @returns the instant of the file's next attempt */
async function putOff(deps: JobsDeps, file: UnsealedFile): Promise<Date> {
  const at = nextAttemptAt(deps.clock(), file.attempts);
  await deps.sealing.retry(file, { at });
  return at;
}

function nameOf({ tenant, id, key }: UnsealedFile): string {
  return `${id} in ${tenant}, ${key}`;
}
