import { acquireLock } from '../../data-dir/lock.ts';
import { BlobDirectory } from '../disk/blob-directory.ts';
import { checkFormat } from '../disk/format.ts';
import { openIndex } from '../index/store-index.ts';
import { countReferences, isReferenced } from './count-references.ts';
import { findUnreferenced, isStillThere, type Unreferenced } from './find-unreferenced.ts';
import type { Finding } from './finding.ts';
import { readContents } from './read-contents.ts';
import { removeUnreferenced } from './remove-unreferenced.ts';

export type { Finding } from './finding.ts';

export interface VerifyOptions {
  /** Absolute. */
  readonly dataDir: string;
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
 * Reads everything a store holds and compares it with the checksums in the index. May run while the store does, unless it is
 * to repair: what changes meanwhile is looked at twice before it is reported.
 *
 * @throws LockHeldError when asked to repair a store that is running; Error when a newer version has written it
 */
export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const lock = options.repair ? await acquireLock(options.dataDir, 'store') : undefined;
  try {
    await checkFormat(options.dataDir);
    await using index = openIndex(options.dataDir);
    await using blobs = await BlobDirectory.open(options.dataDir);
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
    // What was written while we were counting is found now, and what was deleted is gone.
    const later = options.repair || unreferenced.length === 0 ? undefined : countReferences(tables);
    for (const found of unreferenced) {
      if (
        later === undefined ||
        (!isReferenced(later, found) && (await isStillThere(tables, blobs, found)))
      ) {
        report({ kind: 'unreferenced', problem: found.problem });
      }
    }
    if (options.repair) counts.removed = await removeUnreferenced(index, blobs, unreferenced);
    return counts;
  } finally {
    await lock?.release();
  }
}
