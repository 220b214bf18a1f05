import type { Config } from '../../config/config.ts';
import type { RoleName } from '../../config/role-table.ts';
import { waitForRelease } from '../../data-dir/own-files.ts';
import type { Logger } from '../../observability/logger.ts';

/** Time for the roles of a killed supervisor to end, for which the next start waits. */
export const predecessorWaitMs = 15_000;

const noticeableMs = 200;

/**
 * Waits until the roles of a killed supervisor have released their locks, for 15 seconds at most. A role that started earlier
 * could find the database of before, which is about to stop.
 */
export async function waitForPredecessors(
  names: readonly RoleName[],
  { dataDir }: Config,
  log: Logger,
): Promise<void> {
  const timer = setTimeout(
    () => log.info('roles of a supervisor that was killed are still stopping'),
    noticeableMs,
  );
  await Promise.all(names.map((name) => waitForRelease(dataDir, name, predecessorWaitMs)));
  clearTimeout(timer);
}
