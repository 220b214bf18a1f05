import { idKey } from '../index/keys.ts';
import type { Content, ObjectRecord } from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import type { StoreDeps } from './deps.ts';

/**
 * Forgets bytes, in the transaction that removes the last mention of them.
 *
 * @returns the files to purge once that transaction is committed
 */
export function releaseContent(deps: StoreDeps, transaction: Transaction, content: Content): string[] {
  const { tables } = deps.index;
  const { place } = content;
  if (place.kind === 'empty') return [];
  const key = idKey(place.id);
  if (place.kind === 'inline') {
    transaction.remove(tables.inline, key);
    return [];
  }
  const blob = transaction.get(tables.blobs, key);
  if (blob !== undefined && blob.references > 1) {
    transaction.put(tables.blobs, key, { ...blob, references: blob.references - 1 });
    return [];
  }
  transaction.remove(tables.blobs, key);
  transaction.put(tables.doomed, key, true);
  return [place.id];
}

/** The same for all that an object consists of. */
export function releaseObject(
  deps: StoreDeps,
  transaction: Transaction,
  record: ObjectRecord | undefined,
): string[] {
  if (record === undefined) return [];
  const { content } = record;
  if (!('manifest' in content)) return releaseContent(deps, transaction, content);
  const { manifests } = deps.index.tables;
  const key = idKey(content.manifest);
  const parts = transaction.get(manifests, key) ?? [];
  transaction.remove(manifests, key);
  return parts.flatMap((part) => releaseContent(deps, transaction, part.content));
}
