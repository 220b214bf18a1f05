import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StoredFile } from '@bkend/storage';
import { type HashedFile, hashFiles } from '../local-files/hash-files.ts';
import { compare, type HashAlgorithm } from '../sync/compare.ts';
import { type RemoteFileEntry, toRemoteEntry } from '../sync/remote-tree.ts';
import { identityOf, type WrittenFiles } from './assign-final-name.ts';
import { numberedName } from './safe-name.ts';

interface Item {
  readonly file: StoredFile;
  /** Relative to the directory. */
  readonly path: string;
}

/** A regular file under the name of a stored one, or under that name with a number. */
interface Candidate extends HashedFile {
  readonly identity: string;
}

/**
 * Finds the files that an earlier run has completed: regular files with the size, and the time or the hash, of the stored one. Each
 * counts for one stored file.
 * @param written gets those found, so that this run does not replace them
 * @returns the path of each, with the directory
 */
export async function findPresent<Wanted extends Item>(
  items: readonly Wanted[],
  { directory, written }: { readonly directory: string; readonly written: WrittenFiles },
): Promise<Map<Wanted, string>> {
  const groups = new Map<string, Wanted[]>();
  for (const item of items) groups.set(item.path, [...(groups.get(item.path) ?? []), item]);
  const present = new Map<Wanted, string>();
  for (const [path, wanted] of groups) {
    const found = await findCandidates(join(directory, path));
    if (found.length === 0) continue;
    const stored = wanted.map((item) => ({ item, remote: toRemoteEntry(item.file, path) }));
    const candidates = await withHashes(
      found,
      stored.map(({ remote }) => remote),
    );
    for (const { item, remote } of stored) {
      const same = candidates.find(
        (each) => !written.has(each.identity) && compare(each, remote, false) === 'same',
      );
      if (same === undefined) continue;
      written.add(same.identity);
      present.set(item, same.diskPath);
    }
  }
  return present;
}

/** The file of a name, and those numbered after it, `name (1)`, `name (2)` …, up to the first number that is free. */
async function findCandidates(path: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (let number = 0; ; number++) {
    const diskPath = join(dirname(path), numberedName(basename(path), number));
    const info = await lstat(diskPath).catch(() => undefined);
    if (info === undefined) return found;
    if (!info.isFile()) continue;
    const { size: sizeBytes, mtimeMs } = info;
    const modifiedMs = Math.round(mtimeMs);
    found.push({ path: diskPath, diskPath, sizeBytes, modifiedMs, identity: identityOf(info) });
  }
}

async function withHashes(
  candidates: readonly Candidate[],
  remote: readonly RemoteFileEntry[],
): Promise<readonly Candidate[]> {
  const needed = new Map<string, Set<HashAlgorithm>>();
  for (const candidate of candidates) {
    for (const each of remote) {
      const comparison = compare(candidate, each, false);
      if (comparison === 'same' || comparison === 'different') continue;
      needed.set(candidate.path, (needed.get(candidate.path) ?? new Set()).add(comparison));
    }
  }
  // A file that cannot be read keeps its name, as any other that an earlier run has not completed.
  return needed.size === 0 ? candidates : hashFiles(candidates, needed, () => {});
}
