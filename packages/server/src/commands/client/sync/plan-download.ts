import { foldersAbove } from '../remote-path.ts';
import { byPath, compare, type HashAlgorithm, type LocalEntry, type RemoteEntry } from './compare.ts';

/** A change of the local folder that a downward sync makes. */
export type DownloadAction<Local = LocalEntry, Remote = RemoteEntry> =
  | { readonly kind: 'download'; readonly remote: Remote; readonly path: string }
  | {
      readonly kind: 'overwrite';
      readonly remote: Remote;
      readonly path: string;
      /** Only this very file is overwritten, not one that has taken its name meanwhile. */
      readonly local: Local;
    };

interface LeftOut {
  readonly path: string;
  readonly reason: string;
  /** The user has changed the local file: nothing is deleted. Else it is left out for its name. */
  readonly isConflict?: true;
}

export interface DownloadPlan<Local, Remote> {
  readonly actions: readonly DownloadAction<Local, Remote>[];
  /** Local files to delete, after all actions have succeeded. */
  readonly deletions: readonly Local[];
  /** These stored files do not come down. */
  readonly leftOut: readonly LeftOut[];
  /** Older files of a path: sync works on the newest. */
  readonly duplicates: readonly Remote[];
  /** Stored files whose path is changed for this file system. */
  readonly renamed: readonly Target<Remote>[];
}

export interface DownloadTrees<Local = LocalEntry, Remote = RemoteEntry> {
  readonly local: readonly Local[];
  readonly remote: readonly Remote[];
}

export interface DownloadRules {
  readonly isChecksum: boolean;
  /** Deletes local files that are not stored. */
  readonly isDeleting: boolean;
  /** Overwrites local files that are newer than the stored ones. */
  readonly isForced: boolean;
  isWanted(path: string): boolean;
  /** The path that a stored path gets on this file system. */
  toLocalPath(path: string): string;
}

/** The hashes of local files, by path, without which {@link planDownload} cannot decide. */
export function hashesForDownload(
  trees: DownloadTrees,
  rules: DownloadRules,
): Map<string, Set<HashAlgorithm>> {
  const needed = new Map<string, Set<HashAlgorithm>>();
  const locals = new Map(trees.local.map((entry) => [entry.path, entry]));
  for (const { path, remote } of targetsOf(trees.remote, rules).targets) {
    const local = locals.get(path);
    const comparison = local && compare(local, remote, rules.isChecksum);
    if (comparison === 'sha256' || comparison === 'md5') needed.set(path, new Set([comparison]));
  }
  return needed;
}

/**
 * Plans a downward sync. The newest stored file of a path comes down; a local file with other contents is overwritten unless it
 * is newer. Local files that are not stored are deleted only with `isDeleting`.
 * @param trees the local files with the hashes that {@link hashesForDownload} names
 */
export function planDownload<Local extends LocalEntry, Remote extends RemoteEntry>(
  trees: DownloadTrees<Local, Remote>,
  rules: DownloadRules,
): DownloadPlan<Local, Remote> {
  const { targets, leftOut, duplicates } = targetsOf(trees.remote, rules);
  const locals = new Map(trees.local.map((entry) => [entry.path, entry]));
  const actions: DownloadAction<Local, Remote>[] = [];
  for (const { path, remote } of targets) {
    const local = locals.get(path);
    if (!local) actions.push({ kind: 'download', remote, path });
    else if (compare(local, remote, rules.isChecksum) !== 'same') {
      const isNewer = local.modifiedMs > contentTimeMs(remote);
      if (isNewer && !rules.isForced) {
        const reason = 'It is newer here than the stored file, and stays: --force overwrites it.';
        leftOut.push({ path, reason, isConflict: true });
      } else actions.push({ kind: 'overwrite', remote, path, local });
    }
  }
  // A stored file that is left out is stored, too.
  const isStored = new Set(trees.remote.map(({ path }) => rules.toLocalPath(path)));
  const deletions = rules.isDeleting ? trees.local.filter(({ path }) => !isStored.has(path)) : [];
  const renamed = targets.filter(({ path, remote }) => path !== remote.path);
  return { actions, deletions, leftOut, duplicates, renamed };
}

/** The time that a downloaded file gets: that of its contents where they came from, else that of its upload. */
export function contentTimeMs({ modifiedMs, createdAt }: RemoteEntry): number {
  return modifiedMs ?? Date.parse(createdAt);
}

interface Target<Remote> {
  /** On this machine. */
  readonly path: string;
  readonly remote: Remote;
}

/** The newest stored file of each path, and its local path. Two of them never have one path, and none is a folder's. */
function targetsOf<Remote extends RemoteEntry>(
  remote: readonly Remote[],
  { isWanted, toLocalPath }: DownloadRules,
) {
  const targets = new Map<string, Target<Remote>>();
  const leftOut: LeftOut[] = [];
  const duplicates: Remote[] = [];
  for (const [remotePath, [newest, ...others]] of byPath(remote)) {
    if (!newest || !isWanted(remotePath)) continue;
    duplicates.push(...others);
    const path = toLocalPath(remotePath);
    const taken = targets.get(path);
    if (taken) {
      leftOut.push({ path: remotePath, reason: `It would get the local name of ${taken.remote.path}.` });
    } else targets.set(path, { path, remote: newest });
  }
  const folders = new Set([...targets.keys()].flatMap(foldersAbove));
  for (const [path, target] of targets) {
    if (!folders.has(path)) continue;
    targets.delete(path);
    leftOut.push({ path: target.remote.path, reason: 'A folder has this name.' });
  }
  return { targets: [...targets.values()], leftOut, duplicates };
}
