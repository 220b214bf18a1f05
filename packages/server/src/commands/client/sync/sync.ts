import { InterruptedError, ReportedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { untilInterrupted } from '../interrupt.ts';
import { openTransferClient } from '../open-client.ts';
import { parseSyncArguments } from './sync-arguments.ts';
import { syncDown } from './sync-down.ts';
import type { SyncOptions, SyncRun } from './sync-options.ts';
import { SyncReport } from './sync-report.ts';
import { syncUp } from './sync-up.ts';

/**
 * `sync`: makes a folder of the service equal to a local one, or a local one equal to that of the service. The files of the
 * target that the source does not have stay, unless `delete` is given; deleting comes last, and only after a run without a
 * failure.
 */
export async function sync(
  source: string,
  target: string | undefined,
  options: SyncOptions,
  output: Output,
): Promise<void> {
  const ends = parseSyncArguments(source, target);
  const { concurrency, dryRun = false } = options;
  const control = new AbortController();
  const report = new SyncReport(output, dryRun);
  const storage = await openTransferClient({ concurrency });
  const run: SyncRun = { ...ends, storage, options, report, output, signal: control.signal };
  const work = ends.direction === 'up' ? syncUp(run) : syncDown(run);
  try {
    await untilInterrupted(work, () => {
      // An upload that is aborted is given up; one that just ends is resumed.
      if (ends.direction === 'down') control.abort();
      return new InterruptedError('Interrupted. The same command resumes.');
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    // Downloads are recorded, so that they can be resumed.
    if (ends.direction === 'down') await work.catch(() => {});
    throw error;
  }
  if (report.failures + report.omissions > 0) throw new ReportedError();
}
