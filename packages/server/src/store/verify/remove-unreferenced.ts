import type { BlobDirectory } from '../disk/blob-directory.ts';
import { idKey } from '../index/keys.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { Unreferenced } from './find-unreferenced.ts';

/** Removes them for good; returns how many. */
export async function removeUnreferenced(
  index: StoreIndex,
  blobs: BlobDirectory,
  found: readonly Unreferenced[],
): Promise<number> {
  const { tables } = index;
  await index.mutate((transaction) => {
    for (const { kind, id } of found) {
      if (kind === 'blob') transaction.remove(tables.blobs, idKey(id));
      if (kind === 'inline') transaction.remove(tables.inline, idKey(id));
      if (kind === 'manifest') transaction.remove(tables.manifests, idKey(id));
    }
  });
  // The index first: it must never speak of a file that is gone.
  for (const { kind, id } of found) if (kind === 'file' || kind === 'blob') await blobs.remove(id);
  return found.length;
}
