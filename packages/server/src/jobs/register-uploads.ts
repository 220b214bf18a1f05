import { StorageError } from '@bkend/storage-contract';
import { forEachConcurrently } from '../for-each-concurrently.ts';
import { nextLookAt, registerUnattended } from '../uploads/register-unattended.ts';
import type { Upload } from '../uploads/upload.ts';
import type { Job, JobsDeps } from './job.ts';
import { Tally } from './reconcile/tally.ts';

const batchSize = 100;
/** Requests to the object store at once. */
const concurrency = 8;

/**
 * Registers uploads that register themselves, once their bytes are in storage. Each is put off before it is looked at, with a
 * growing pause, so that a process that dies leaves it to be looked at again, and one that fails keeps none of the others waiting.
 */
export const registerUploads: Job = {
  name: 'register-uploads',
  description: 'Register uploads without a client, where their bytes are in storage.',
  everySeconds: 1,
  startsAtOnce: true,
  async run(deps, { signal }) {
    const tally = new Tally(['registered', 'refused', 'failed']);
    for (;;) {
      const now = deps.clock();
      const due = await deps.unattended.findDue({ now, limit: batchSize });
      if (due.length === 0) return { ...tally.report(), isIdle: !(await deps.unattended.areOpen()) };
      if (signal.aborted) return tally.report();
      await deps.unattended.putOff(
        due.map(({ tenant, key, ...upload }) => ({ tenant, key, at: nextLookAt(upload, now) })),
      );
      await forEachConcurrently(due, concurrency, (upload) => tryToRegister(deps, upload, tally));
    }
  },
};

async function tryToRegister(deps: JobsDeps, upload: Upload, tally: Tally): Promise<void> {
  try {
    const outcome = await registerUnattended(deps, upload);
    if (outcome instanceof StorageError) {
      tally.find('refused', `upload refused: ${upload.key}: ${outcome.code}`);
    } else if (outcome !== undefined) tally.add('registered');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tally.find('failed', `upload could not be registered yet: ${upload.key}: ${reason}`);
  }
}
