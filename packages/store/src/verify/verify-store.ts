import { setTimeout as sleep } from 'node:timers/promises';
import { BlobDirectory } from '../blobs/blob-directory.ts';
import { acquireLock } from '../directory/lock.ts';
import { checkFormat } from '../index/store-format.ts';
import { openIndex, type StoreIndex } from '../index/store-index.ts';
import { countReferences, isReferenced } from './count-references.ts';
import {
  findUnreferenced,
  isStillThere,
  removeUnreferenced,
  type Unreferenced,
} from './find-unreferenced.ts';
import type { Finding } from './read-contents.ts';
import { readContents } from './read-contents.ts';

export type { Finding } from './read-contents.ts';

export interface VerifyOptions {
  /** Absolute path of the store. */
  readonly directory: string;
  /** Removes what nothing refers to; the store must not be running. */
  readonly repair: boolean;
  /** Called for each finding as it is made. */
  readonly onFinding: (finding: Finding) => void;
}

export interface VerifyReport {
  readonly objects: number;
  readonly bytes: number;
  readonly missing: number;
  readonly damaged: number;
  readonly unreferenced: number;
  /** How many of these have been removed. */
  readonly removed: number;
}

/**
 * Reads all content of a store and compares it with the checksums in the index. Without repair it may run while the store does;
 * what changes meanwhile is looked at again before it is reported.
 *
 * @throws LockHeldError when asked to repair a store that is running; Error when a newer version has written it
 */
export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const lock = options.repair ? await acquireLock(options.directory, 'store') : undefined;
  try {
    await checkFormat(options.directory);
    await using index = openIndex(options.directory);
    await using blobs = await BlobDirectory.open(options.directory);
    const { tables } = index;
    const counts = { objects: 0, bytes: 0, missing: 0, damaged: 0, unreferenced: 0, removed: 0 };
    const report = (finding: Finding): void => {
      counts[finding.kind]++;
      options.onFinding(finding);
    };
    for await (const result of readContents(tables, blobs)) {
      if (result.kind === 'object') counts.objects++;
      else if (result.kind === 'content') counts.bytes += result.sizeBytes;
      else report(result);
    }
    const unreferenced: Unreferenced[] = [];
    for await (const found of findUnreferenced(tables, blobs, countReferences(tables)))
      unreferenced.push(found);
    const settled = options.repair ? unreferenced : await stillUnreferenced(index, blobs, unreferenced);
    for (const { problem } of settled) report({ kind: 'unreferenced', problem });
    if (options.repair) counts.removed = await removeUnreferenced(index, blobs, unreferenced);
    return counts;
  } finally {
    await lock?.release();
  }
}

/** Looks at what nothing refers to, and the pause before each, in milliseconds. */
const looks = 10;
const pauseMs = 300;

/** Leaves out what a running store was just writing, or had not yet removed: for a moment nothing refers to that. */
async function stillUnreferenced(
  { tables }: StoreIndex,
  blobs: BlobDirectory,
  found: readonly Unreferenced[],
): Promise<readonly Unreferenced[]> {
  let left = found;
  for (let look = 0; look < looks && left.length > 0; look++) {
    await sleep(pauseMs);
    const references = countReferences(tables);
    const there = await Promise.all(left.map((each) => isStillThere(tables, blobs, each)));
    left = left.filter((each, at) => there[at] && !isReferenced(references, each));
  }
  return left;
}
