import { forEachConcurrently } from '../for-each-concurrently.ts';
import { holdParts } from '../uploads/multipart/hold-parts.ts';
import type { Job } from './job.ts';
import { Tally } from './reconcile/tally.ts';

const batchSize = 500;
/** Requests to the object store at once. */
const concurrency = 4;

/**
 * Ends open uploads whose parts are larger together than was announced. Each is asked for its parts once a run: between two
 * runs, a client can send what its connection carries, and no more.
 */
export const holdPartsOfUploads: Job = {
  name: 'hold-parts',
  description: 'End uploads whose parts are larger together than was announced.',
  everySeconds: 300,
  async run(deps, { signal }) {
    const tally = new Tally(['looked', 'refused', 'failed']);
    const now = deps.clock();
    for (let after = ''; !signal.aborted; ) {
      const page = await deps.maintenance.openMultiparts({ now, after, limit: batchSize });
      await forEachConcurrently(page, concurrency, async (upload) => {
        tally.add('looked');
        try {
          const refusal = await holdParts(deps, upload);
          if (refusal) tally.find('refused', `upload refused: ${upload.key}: ${refusal.message}`);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          tally.find('failed', `the parts of an upload could not be listed: ${upload.key}: ${reason}`);
        }
      });
      const last = page.at(-1);
      if (page.length < batchSize || last === undefined) break;
      after = last.multipartId;
    }
    return tally.report();
  },
};
