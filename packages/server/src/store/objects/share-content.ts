import { newBlobId } from '../disk/blob-id.ts';
import { idKey } from '../index/keys.ts';
import type { Content, ObjectRecord } from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import type { StoreDeps } from './deps.ts';
import { S3Error } from './s3-error.ts';

/**
 * Lets another object have the same bytes: files are shared and counted, small bytes are copied.
 *
 * @throws S3Error `OperationAborted` when they have been forgotten meanwhile
 */
export function shareContent(deps: StoreDeps, transaction: Transaction, content: Content): Content {
  const { tables } = deps.index;
  const { place } = content;
  if (place.kind === 'empty') return content;
  const key = idKey(place.id);
  if (place.kind === 'file') {
    const blob = transaction.get(tables.blobs, key);
    if (blob === undefined) throw new S3Error('OperationAborted');
    transaction.put(tables.blobs, key, { ...blob, references: blob.references + 1 });
    return content;
  }
  const bytes = transaction.get(tables.inline, key);
  if (bytes === undefined) throw new S3Error('OperationAborted');
  const id = newBlobId();
  transaction.put(tables.inline, idKey(id), bytes);
  return { ...content, place: { kind: 'inline', id } };
}

/** The same for all that an object consists of. */
export function shareObject(
  deps: StoreDeps,
  transaction: Transaction,
  record: ObjectRecord,
): ObjectRecord['content'] {
  const { content } = record;
  if (!('manifest' in content)) return shareContent(deps, transaction, content);
  const { manifests } = deps.index.tables;
  const parts = transaction.get(manifests, idKey(content.manifest)) ?? [];
  const manifest = newBlobId();
  const shared = parts.map((part) => ({ ...part, content: shareContent(deps, transaction, part.content) }));
  transaction.put(manifests, idKey(manifest), shared);
  return { manifest, partCount: content.partCount };
}
