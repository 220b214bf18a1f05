import type { BlobDirectory } from '../blobs/blob-directory.ts';
import { idKey } from '../index/keys.ts';
import type { StoreIndex, Tables } from '../index/store-index.ts';
import type { References } from './count-references.ts';

/** A blob or row without a reference, and the sentence for the operator. */
export interface Unreferenced {
  readonly kind: 'file' | 'blob' | 'inline' | 'manifest';
  readonly id: string;
  readonly problem: string;
}

/** Finds blobs the index does not have, and rows that no object leads to. */
export async function* findUnreferenced(
  tables: Tables,
  blobs: BlobDirectory,
  references: References,
): AsyncGenerator<Unreferenced> {
  for await (const id of blobs.list()) {
    // Pending deletes are removed by the store itself.
    const isKnown =
      tables.blobs.get(idKey(id)) !== undefined || tables.pendingDeletes.get(idKey(id)) !== undefined;
    if (!isKnown) yield { kind: 'file', id, problem: `The file ${id} is in no object.` };
  }
  for (const { key } of tables.blobs.range({})) {
    const id = key.toString('hex');
    if (!references.files.has(id))
      yield { kind: 'blob', id, problem: `The index keeps ${id} for no object.` };
  }
  for (const { key } of tables.inline.range({})) {
    const id = key.toString('hex');
    if (!references.inline.has(id))
      yield { kind: 'inline', id, problem: `The small bytes ${id} are in no object.` };
  }
  for (const { key } of tables.manifests.range({})) {
    const id = key.toString('hex');
    if (!references.manifests.has(id))
      yield { kind: 'manifest', id, problem: `The parts list ${id} is of no object.` };
  }
}

/** Whether a finding still holds, and is no pending delete. */
export async function isStillThere(
  tables: Tables,
  blobs: BlobDirectory,
  { kind, id }: Unreferenced,
): Promise<boolean> {
  const key = idKey(id);
  switch (kind) {
    case 'file':
      return tables.pendingDeletes.get(key) === undefined && (await hasFile(blobs, id));
    case 'blob':
      return tables.blobs.get(key) !== undefined;
    case 'inline':
      return tables.inline.get(key) !== undefined;
    case 'manifest':
      return tables.manifests.get(key) !== undefined;
  }
}

async function hasFile(blobs: BlobDirectory, id: string): Promise<boolean> {
  try {
    const file = await blobs.openForReading(id);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Removes the findings. @returns their number */
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
  // The index first: it must never refer to a blob that is gone.
  for (const { kind, id } of found) if (kind === 'file' || kind === 'blob') await blobs.remove(id);
  return found.length;
}
