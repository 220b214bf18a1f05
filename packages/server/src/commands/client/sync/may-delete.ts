import type { SyncRun } from './sync-options.ts';

export interface PlannedDeletions {
  readonly count: number;
  /** `stored`, `local` */
  readonly kind: string;
  /** Whether the other side has no files at all: it may be the wrong folder, or a disk that is not mounted. */
  readonly isSourceEmpty: boolean;
}

/**
 * Whether a sync may delete: only after no failure, not more than `--max-delete`, and from an empty source only where that is
 * given. The reason is reported where it may not. An entry that is left out for what it is, is no failure.
 */
export function mayDelete({ options, report, directory }: SyncRun, planned: PlannedDeletions): boolean {
  const { count, kind, isSourceEmpty } = planned;
  const { maxDelete } = options;
  if (count === 0) return false;
  const files = count === 1 ? `1 ${kind} file` : `${count} ${kind} files`;
  if (report.failures > 0) {
    report.note(directory, `Because of the failures, nothing is deleted; without them, ${files} would be.`);
    return false;
  }
  if (maxDelete === undefined && isSourceEmpty) {
    report.leftOut(
      directory,
      `The source has no files at all, and ${files} would be deleted: they stay, unless --max-delete allows them.`,
    );
    return false;
  }
  if (count > (maxDelete ?? Number.POSITIVE_INFINITY)) {
    report.leftOut(directory, `${files} would be deleted, more than --max-delete allows: they stay.`);
    return false;
  }
  return true;
}
