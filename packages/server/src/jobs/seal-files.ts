import { randomUUID } from 'node:crypto';
import { copyKeyOf } from '../files/file-key.ts';
import type { FileRef, UnsealedFile } from '../files/upkeep.ts';
import { inBatches, type Job, type JobsDeps } from './job.ts';
import { Tally } from './reconcile/tally.ts';

const batchSize = 100;
/** Longer than a copy takes. */
const copyMs = 30 * 60 * 1000;
/** With this many failures in one run the fault is the store's rather than the files': the next run goes on. */
const maxFailures = 20;

/**
 * Seals files that the version before registered, while an upload URL may still reach their bytes: these are copied where none
 * does. What the record says of them is then what the bytes are; where it said something else, that is reported. Waits
 * until no process of the version before serves any more.
 */
export const sealFiles: Job = {
  name: 'seal-files',
  description: 'Copy bytes of files registered just before an upgrade where no upload URL reaches them.',
  everySeconds: 2,
  startsAtOnce: true,
  async run(deps, { signal }) {
    const tally = new Tally(['sealed']);
    if (await deps.sealing.hasOlderProcesses()) return tally.report();
    const adoptMultiparts = (limit: number) => deps.sealing.adoptMultiparts({ limit });
    tally.add('sealed', await inBatches({ batchSize, signal }, adoptMultiparts));
    const failures: unknown[] = [];
    let after: FileRef | undefined;
    for (;;) {
      const files = await deps.sealing.findUnsealed({ limit: batchSize, ...(after && { after }) });
      if (files.length === 0) break;
      for (const file of files) {
        if (signal.aborted) return tally.report();
        await sealFile(deps, file, tally).catch((error: unknown) => failures.push(error));
        if (failures.length >= maxFailures) throw failures[0];
      }
      after = files.at(-1);
    }
    // The files behind one that cannot be copied are sealed all the same.
    if (failures.length > 0) throw failures[0];
    return tally.report();
  },
};

async function sealFile(deps: JobsDeps, file: UnsealedFile, tally: Tally): Promise<void> {
  const { tenant, id, key } = file;
  const source = await deps.objects.head(key);
  if (source === undefined) {
    // Reported once: this job runs every other second.
    if (file.isLost) return;
    await deps.upkeep.markLost([file], deps.clock());
    return tally.find('lost', `file without bytes: ${id} in ${tenant}, ${key}`);
  }
  const copy = {
    tenant,
    objectKey: copyKeyOf(key, randomUUID()),
    until: new Date(deps.clock().getTime() + copyMs),
  };
  await deps.sealing.expectCopy(copy);
  const to = copy.objectKey;
  const bytes = await deps.objects.copy({ from: key, to, contentType: file.mimeType, source });
  // Written to in this moment: the next run takes it as it is then.
  if (bytes === 'source-changed') return;
  if (!(await deps.sealing.takeCopy({ ...copy, ...bytes, id }))) return;
  tally.add('sealed');
  if (bytes.etag !== file.etag || bytes.sizeBytes !== file.sizeBytes) {
    tally.find('drifted', `bytes were changed after they were registered: ${id} in ${tenant}, ${key}`);
  }
}
