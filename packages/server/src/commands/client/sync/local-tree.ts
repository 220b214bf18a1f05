import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { forEachConcurrently } from '../../../for-each-concurrently.ts';
import { UsageError } from '../../command-errors.ts';
import { retryWhenDescriptorsAreFree } from '../local-files/descriptor-limit.ts';
import { findLocalFiles } from '../local-files/find-local-files.ts';
import type { NameFilter } from '../local-files/name-filter.ts';
import type { HashAlgorithm, Hashes, LocalEntry } from './compare.ts';

/** A file below the folder, with the path that opens it. */
export interface LocalFileEntry extends LocalEntry {
  readonly diskPath: string;
}

export interface LocalTree {
  readonly files: readonly LocalFileEntry[];
  /** Entries that cannot be read, or are no files. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Reads the tree below a folder. Links to files are followed.
 * @param followLinks also folders behind links, never in a loop
 * @throws UsageError where the folder does not exist
 */
export async function readLocalTree(
  directory: string,
  filter: NameFilter,
  followLinks: boolean,
): Promise<LocalTree> {
  if (!(await isFolder(directory))) throw new UsageError(`There is no folder ${directory}.`);
  // Its own name is not a name in the folder.
  const found = await findLocalFiles([`${directory}/.`], { recursive: true, followLinks, filter });
  const files = found.files.flatMap(({ path, name, stats }) =>
    stats ? [{ path: name, diskPath: path, ...stats }] : [],
  );
  return { files, skipped: found.skipped };
}

export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** Concurrent reads: the threads of the file system are kept busy. */
const maxReads = 16;
const maxWholeBytes = 4 * 2 ** 20;

/**
 * Hashes files.
 * @param needed the algorithms, by path
 * @returns the same files, those named with their hashes; without a file that cannot be read, which is reported
 */
export async function hashFiles<File extends LocalFileEntry>(
  files: readonly File[],
  needed: ReadonlyMap<string, ReadonlySet<HashAlgorithm>>,
  onFailure: (file: File, error: unknown) => void,
): Promise<File[]> {
  const hashed = new Map(files.map((file) => [file.path, file]));
  const work = files.filter(({ path }) => needed.has(path));
  await forEachConcurrently(work, maxReads, async (file) => {
    try {
      const hashes = await hashFile(file, needed.get(file.path) ?? new Set());
      hashed.set(file.path, { ...file, hashes });
    } catch (error) {
      hashed.delete(file.path);
      onFailure(file, error);
    }
  });
  return [...hashed.values()];
}

function hashFile(file: LocalFileEntry, algorithms: ReadonlySet<HashAlgorithm>): Promise<Hashes> {
  return retryWhenDescriptorsAreFree(async () => {
    const digests = [...algorithms].map((algorithm) => ({ algorithm, digest: createHash(algorithm) }));
    const update = (bytes: Uint8Array) => {
      for (const { digest } of digests) digest.update(bytes);
    };
    if (file.sizeBytes <= maxWholeBytes) update(await readFile(file.diskPath));
    else {
      await pipeline(createReadStream(file.diskPath, { highWaterMark: 2 ** 20 }), async (chunks) => {
        for await (const chunk of chunks) update(chunk);
      });
    }
    return Object.fromEntries(digests.map(({ algorithm, digest }) => [algorithm, digest.digest('hex')]));
  });
}
