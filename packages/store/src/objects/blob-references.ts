import { S3Error } from '../errors/s3-error.ts';
import { idKey, newId } from '../index/keys.ts';
import type { Content, ObjectRecord } from '../index/records.ts';
import { contentAt, locationOf } from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import type { StoreDeps } from './store-deps.ts';

/**
 * Adds a reference to content: blobs are counted, content in the index is copied.
 *
 * @throws S3Error `OperationAborted` when the content was removed meanwhile
 */
export function addReference(deps: StoreDeps, transaction: Transaction, content: Content): Content {
  const { tables } = deps.index;
  const location = locationOf(content);
  if (location.kind === 'empty') return content;
  const key = idKey(location.id);
  if (location.kind === 'file') {
    const blob = transaction.get(tables.blobs, key);
    if (blob === undefined) throw new S3Error('OperationAborted');
    transaction.put(tables.blobs, key, { ...blob, references: blob.references + 1 });
    return content;
  }
  const bytes = transaction.get(tables.inline, key);
  if (bytes === undefined) throw new S3Error('OperationAborted');
  const id = newId();
  transaction.put(tables.inline, idKey(id), bytes);
  return contentAt({ kind: 'inline', id }, content);
}

/** As above, for all content of an object. */
export function addObjectReferences(
  deps: StoreDeps,
  transaction: Transaction,
  record: ObjectRecord,
): ObjectRecord['content'] {
  const { content } = record;
  if (!('manifest' in content)) return addReference(deps, transaction, content);
  const { manifests } = deps.index.tables;
  const parts = transaction.get(manifests, idKey(content.manifest)) ?? [];
  const manifest = newId();
  const shared = parts.map((part) => ({ ...part, content: addReference(deps, transaction, part.content) }));
  transaction.put(manifests, idKey(manifest), shared);
  return { manifest, partCount: content.partCount };
}

/**
 * Drops a reference to content, in the transaction that removes the record with it. At zero the blob joins the pending deletes.
 *
 * @returns ids of the blobs to remove once that transaction is committed
 */
export function dropReference(deps: StoreDeps, transaction: Transaction, content: Content): string[] {
  const { tables } = deps.index;
  const location = locationOf(content);
  if (location.kind === 'empty') return [];
  const key = idKey(location.id);
  if (location.kind === 'inline') {
    transaction.remove(tables.inline, key);
    return [];
  }
  const blob = transaction.get(tables.blobs, key);
  if (blob !== undefined && blob.references > 1) {
    transaction.put(tables.blobs, key, { ...blob, references: blob.references - 1 });
    return [];
  }
  transaction.remove(tables.blobs, key);
  transaction.put(tables.pendingDeletes, key, true);
  return [location.id];
}

/** As above, for all content of an object. */
export function dropObjectReferences(
  deps: StoreDeps,
  transaction: Transaction,
  record: ObjectRecord | undefined,
): string[] {
  if (record === undefined) return [];
  const { content } = record;
  if (!('manifest' in content)) return dropReference(deps, transaction, content);
  const { manifests } = deps.index.tables;
  const key = idKey(content.manifest);
  const parts = transaction.get(manifests, key) ?? [];
  transaction.remove(manifests, key);
  return parts.flatMap((part) => dropReference(deps, transaction, part.content));
}
