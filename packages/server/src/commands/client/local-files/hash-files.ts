import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { forEachConcurrently } from '../../../for-each-concurrently.ts';
import type { HashAlgorithm, Hashes, LocalEntry } from '../sync/compare.ts';
import { retryWhenDescriptorsAreFree } from './descriptor-limit.ts';
import { createWholeFileReader } from './read-whole-file.ts';

/** A file of this machine that can be hashed. */
export interface HashedFile extends LocalEntry {
  /** The path that opens it. */
  readonly diskPath: string;
}

/** Concurrent reads: the threads of the file system are kept busy. */
const maxReads = 16;
const maxWholeBytes = 4 * 2 ** 20;
const readWholeFile = createWholeFileReader();

/**
 * Hashes files.
 * @param needed the algorithms, by path
 * @returns the same files, those named with their hashes; without a file that cannot be read, which is reported
 */
export async function hashFiles<File extends HashedFile>(
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

function hashFile(file: HashedFile, algorithms: ReadonlySet<HashAlgorithm>): Promise<Hashes> {
  return retryWhenDescriptorsAreFree(async () => {
    const digests = [...algorithms].map((algorithm) => ({ algorithm, digest: createHash(algorithm) }));
    const update = (bytes: Uint8Array) => {
      for (const { digest } of digests) digest.update(bytes);
    };
    if (file.sizeBytes <= maxWholeBytes) update(await readWholeFile(file.diskPath, file.sizeBytes));
    else {
      await pipeline(createReadStream(file.diskPath, { highWaterMark: 2 ** 20 }), async (chunks) => {
        for await (const chunk of chunks) update(chunk);
      });
    }
    return Object.fromEntries(digests.map(({ algorithm, digest }) => [algorithm, digest.digest('hex')]));
  });
}
