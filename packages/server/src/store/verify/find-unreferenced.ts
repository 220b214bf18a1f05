import type { BlobDirectory } from '../disk/blob-directory.ts';
import { idKey } from '../index/keys.ts';
import type { Tables } from '../index/store-index.ts';
import type { References } from './count-references.ts';

/** Something nothing refers to, and how to tell the operator. */
export interface Unreferenced {
  readonly kind: 'file' | 'blob' | 'inline' | 'manifest';
  readonly id: string;
  readonly problem: string;
}

/** Looks for files the index does not know, and for rows no object leads to. */
export async function* findUnreferenced(
  tables: Tables,
  blobs: BlobDirectory,
  references: References,
): AsyncGenerator<Unreferenced> {
  for await (const id of blobs.list()) {
    // Doomed files are about to go by themselves.
    const isKnown = tables.blobs.get(idKey(id)) !== undefined || tables.doomed.get(idKey(id)) !== undefined;
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

/** Whether something found earlier is there even now, and not about to go by itself. */
export async function isStillThere(
  tables: Tables,
  blobs: BlobDirectory,
  { kind, id }: Unreferenced,
): Promise<boolean> {
  const key = idKey(id);
  switch (kind) {
    case 'file':
      return tables.doomed.get(key) === undefined && (await hasFile(blobs, id));
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
