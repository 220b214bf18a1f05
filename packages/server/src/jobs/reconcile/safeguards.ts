import { type Marker, writeMarker } from '../installation-marker.ts';
import type { JobOptions, JobsDeps } from '../job.ts';

const quietDaysAfterRestore = 7;
const dayMs = 24 * 60 * 60 * 1000;
/** Rows or objects that one run may touch by itself: the larger of a number and a share of all. */
const maxTouched = { number: 100, share: 0.01 };

/**
 * Finds a reason to change nothing at all: the bucket is not this installation's, or the database was restored less than 7
 * days ago and may not have rows of files that the bucket holds. `--repair` overrides the second reason and not the first.
 * A missing marker takes two repairs: the first one only writes it, so that a wrong, empty bucket does not cost every
 * file its row.
 * @returns a line for the operator; undefined when there is no obstacle
 */
export async function findObstacle(deps: JobsDeps, options: JobOptions): Promise<string | undefined> {
  const marker = await writeMarker(deps, { again: false });
  if (marker === 'missing' && options.repair) {
    await writeMarker(deps, { again: true });
    return 'nothing else is changed: the marker object was missing and is written again; see that this is the right bucket, then repair once more';
  }
  if (marker !== 'ours') return obstacles[marker];
  const { restoredAt } = await deps.installation.read();
  if (options.repair || restoredAt === undefined) return undefined;
  const isQuiet = deps.clock().getTime() - restoredAt.getTime() < quietDaysAfterRestore * dayMs;
  return isQuiet
    ? `nothing is changed: the database was restored less than ${quietDaysAfterRestore} days ago; objects without a row may be files`
    : undefined;
}

const obstacles: Readonly<Record<Exclude<Marker, 'ours'>, string>> = {
  missing:
    'nothing is changed: the bucket has no marker object of this installation; check that it is the right bucket',
  foreign: 'nothing is changed: the marker object in the bucket is that of another installation',
};

/**
 * Refuses to touch more than 100 objects or files that are also more than 1 % of all, unless the operator repairs.
 * @returns a line for the operator; undefined when the run may touch them
 */
export function findExcess(
  what: string,
  { touched, seen }: { readonly touched: number; readonly seen: number },
  options: JobOptions,
): string | undefined {
  const most = Math.max(maxTouched.number, Math.floor(seen * maxTouched.share));
  if (options.repair || touched <= most) return undefined;
  return `${what} are left alone: ${touched} of ${seen} exceed the ${most} that a run may touch by itself; inspect them, then run "jobs run reconcile --repair"`;
}
