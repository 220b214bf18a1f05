import {
  byPath,
  compare,
  type HashAlgorithm,
  haveSameBytes,
  type LocalEntry,
  type RemoteEntry,
} from './compare.ts';

/** A change of the service that an upward sync makes. */
export type UploadAction<Local = LocalEntry, Remote = RemoteEntry> =
  | { readonly kind: 'upload'; readonly local: Local }
  /** New contents under the id of the stored file. */
  | { readonly kind: 'replace'; readonly local: Local; readonly remote: Remote }
  /** The contents are the same: hash and modification time are recorded, so that the next run need not read the file. */
  | { readonly kind: 'record'; readonly local: Local; readonly remote: Remote }
  /** A file of an earlier version's sync moves into the folder. */
  | { readonly kind: 'adopt'; readonly remote: Remote };

/** A stored file to delete, after all actions have succeeded. */
export interface Deletion<Remote = RemoteEntry> {
  readonly remote: Remote;
  /** `gone`: not in the local folder. `twin`: the same bytes as a newer one of this path. `older`: other bytes. */
  readonly reason: 'gone' | 'twin' | 'older';
}

export interface UploadPlan<Local, Remote> {
  readonly actions: readonly UploadAction<Local, Remote>[];
  readonly deletions: readonly Deletion<Remote>[];
  /** Older files of a path, which stay: sync works on the newest. */
  readonly duplicates: readonly Remote[];
  /** Files of an earlier version's sync that differ from the local ones, and stay as they are. */
  readonly unadopted: readonly Remote[];
}

export interface UploadTrees<Local = LocalEntry, Remote = RemoteEntry> {
  readonly local: readonly Local[];
  /** Files in the folder of the service, of the owners that are synced. */
  readonly remote: readonly Remote[];
  /** Files that an earlier version's sync may have uploaded for this folder. */
  readonly unfiled: readonly Remote[];
}

export interface UploadRules {
  readonly isChecksum: boolean;
  /** Deletes what is not in the local folder, and older files of a path. */
  readonly isDeleting: boolean;
  /** Takes all unfiled files, those with other contents than the local ones included. */
  readonly isAdopting: boolean;
  /** Whether a path takes part; any other is neither uploaded nor deleted. */
  isWanted(path: string): boolean;
  /** Whether the local entry of a path, or a folder above it, is left out: what is stored there is not deleted. */
  isLeftOut(path: string): boolean;
}

/** The hashes of local files, by path, without which {@link planUpload} cannot decide. */
export function hashesForUpload(trees: UploadTrees, rules: UploadRules): Map<string, Set<HashAlgorithm>> {
  const needed = new Map<string, Set<HashAlgorithm>>();
  const remote = byPath(trees.remote);
  const unfiled = byPath(trees.unfiled);
  for (const local of trees.local) {
    const newest = remote.get(local.path)?.slice(0, 1) ?? [];
    for (const candidate of [...newest, ...(unfiled.get(local.path) ?? [])]) {
      const comparison = compare(local, candidate, rules.isChecksum);
      if (comparison === 'same' || comparison === 'different') continue;
      const algorithms = needed.get(local.path) ?? new Set();
      needed.set(local.path, algorithms.add(comparison));
    }
  }
  return needed;
}

/**
 * Plans an upward sync. Identity is the path, which is the file's folder and name.
 *
 * - A path without a stored file: upload; or adopt an unfiled file of this path with the same contents.
 * - The newest stored file of a path is the synced one: other contents replace its own.
 * - An older file of the path with the same bytes that sync itself has uploaded (by two runs at once) is deleted. Any other is
 *   reported, and deleted only with `isDeleting`.
 * - A stored path without a local file is deleted only with `isDeleting`, and not where a local entry is left out.
 * @param trees the local files with the hashes that {@link hashesForUpload} names
 */
export function planUpload<Local extends LocalEntry, Remote extends RemoteEntry>(
  trees: UploadTrees<Local, Remote>,
  rules: UploadRules,
): UploadPlan<Local, Remote> {
  const { taken, left: unadopted } = adoptable(trees, rules);
  const actions: UploadAction<Local, Remote>[] = taken.map((remote) => ({ kind: 'adopt', remote }));
  const deletions: Deletion<Remote>[] = [];
  const duplicates: Remote[] = [];
  const remote = byPath([...trees.remote, ...taken].filter(({ path }) => rules.isWanted(path)));
  const isLocal = new Set(trees.local.map(({ path }) => path));
  for (const local of trees.local) {
    const newest = remote.get(local.path)?.[0];
    if (!newest) actions.push({ kind: 'upload', local });
    else if (compare(local, newest, rules.isChecksum) !== 'same') {
      actions.push({ kind: 'replace', local, remote: newest });
    } else if (!newest.isSynced || newest.modifiedMs !== local.modifiedMs) {
      actions.push({ kind: 'record', local, remote: newest });
    }
  }
  for (const [path, [newest, ...others]] of remote) {
    if (!newest || rules.isLeftOut(path)) continue;
    const isGone = !isLocal.has(path);
    if (isGone && rules.isDeleting) deletions.push({ remote: newest, reason: 'gone' });
    for (const other of others) {
      if (isGone && rules.isDeleting) deletions.push({ remote: other, reason: 'gone' });
      else if (isTwin(other, newest)) deletions.push({ remote: other, reason: 'twin' });
      else if (rules.isDeleting) deletions.push({ remote: other, reason: 'older' });
      else duplicates.push(other);
    }
  }
  return { actions, deletions, duplicates, unadopted };
}

/** Unfiled files that the folder takes, and those that it leaves. A path that has a stored file takes none. */
function adoptable<Remote extends RemoteEntry>(
  { local, remote, unfiled }: UploadTrees<LocalEntry, Remote>,
  { isAdopting, isWanted }: UploadRules,
) {
  const locals = new Map(local.map((entry) => [entry.path, entry]));
  const stored = new Set(remote.map(({ path }) => path));
  const taken: Remote[] = [];
  const left: Remote[] = [];
  for (const entry of unfiled) {
    if (!isWanted(entry.path)) continue;
    const here = locals.get(entry.path);
    const isSame = here !== undefined && compare(here, entry, true) === 'same';
    const isTaken = isAdopting || (isSame && !stored.has(entry.path));
    (isTaken ? taken : left).push(entry);
  }
  return { taken, left };
}

function isTwin(other: RemoteEntry, newest: RemoteEntry): boolean {
  return other.isSynced && other.ownerId === newest.ownerId && haveSameBytes(other, newest);
}
