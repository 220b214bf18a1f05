import { type Marker, writeMarker } from '../../files/installation-marker.ts';
import type { JobOptions, JobsDeps } from '../job.ts';

const quietDays = 7;
const dayMs = 24 * 60 * 60 * 1000;
const fewest = 100;
const share = 0.01;

/**
 * Why nothing may be changed at all, however little it is: the bucket is not known to be this installation's, or the
 * database was restored so lately that it may not know what the bucket rightly holds. An operator who repairs by hand
 * answers for the latter, but not for a bucket of another installation's. A missing marker takes two repairs: the first
 * writes it, so that a wrong and empty bucket does not cost every file its row.
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
  const isQuiet = deps.clock().getTime() - restoredAt.getTime() < quietDays * dayMs;
  return isQuiet
    ? `nothing is changed: the database was restored less than ${quietDays} days ago; what it does not know may be files`
    : undefined;
}

const obstacles: Readonly<Record<Exclude<Marker, 'ours'>, string>> = {
  missing: 'nothing is changed: the bucket has no marker object of this installation; is it the right one?',
  foreign: 'nothing is changed: the marker object in the bucket is that of another installation',
};

/** The reason why this many may not be changed without an operator; undefined when they may. */
export function findExcess(
  what: string,
  { touched, seen }: { readonly touched: number; readonly seen: number },
  options: JobOptions,
): string | undefined {
  const most = Math.max(fewest, Math.floor(seen * share));
  if (options.repair || touched <= most) return undefined;
  return `${what} are left alone: ${touched} of ${seen} are more than happen by themselves (${most}); look, then run jobs run reconcile --repair`;
}
