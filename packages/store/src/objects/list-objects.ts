import { bucketPrefix } from '../index/keys.ts';
import type { ObjectRecord } from '../index/records.ts';
import { endOfPrefix } from '../index/table.ts';
import { requireBucket } from './bucket.ts';
import { after, type KeyList, listKeys } from './list-keys.ts';
import type { StoreDeps } from './store-deps.ts';

interface ObjectListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Begin behind this key or common prefix. */
  readonly after?: string;
  readonly limit: number;
}

export interface ListedObject {
  readonly key: string;
  readonly record: ObjectRecord;
}

interface ObjectList {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly Buffer[];
  readonly isTruncated: boolean;
  /** The last key or common prefix, where the next page begins. */
  readonly last?: string;
}

/** @throws S3Error `NoSuchBucket` */
export function listObjects(deps: StoreDeps, bucket: string, request: ObjectListRequest): ObjectList {
  requireBucket(deps, bucket);
  const root = bucketPrefix(bucket);
  const list: KeyList<ObjectRecord> = listKeys(deps.index.tables.objects, {
    root,
    prefix: Buffer.from(request.prefix),
    delimiter: Buffer.from(request.delimiter),
    start: startBehind(request),
    limit: request.limit,
  });
  const objects: ListedObject[] = [];
  const commonPrefixes: Buffer[] = [];
  let last: string | undefined;
  for (const item of list.items) {
    if (item.kind === 'entry') {
      last = item.entry.key.toString('utf8', root.length);
      objects.push({ key: last, record: item.entry.value });
    } else {
      last = item.prefix.toString();
      commonPrefixes.push(item.prefix);
    }
  }
  // A page of nothing has nothing behind it: S3 says so for `max-keys=0`.
  const isTruncated = list.isTruncated && request.limit > 0;
  return { objects, commonPrefixes, isTruncated, ...(last !== undefined && { last }) };
}

/** Behind a common prefix means behind all it stands for. */
function startBehind(request: ObjectListRequest): Buffer {
  const { after: marker, prefix, delimiter } = request;
  if (marker === undefined || marker === '') return Buffer.alloc(0);
  const bytes = Buffer.from(marker);
  const isCommonPrefix =
    delimiter !== '' && marker.startsWith(prefix) && marker.indexOf(delimiter, prefix.length) >= 0;
  if (!isCommonPrefix) return after(bytes);
  const at = marker.indexOf(delimiter, prefix.length) + delimiter.length;
  return endOfPrefix(Buffer.from(marker.slice(0, at))) ?? after(bytes);
}
