import { bucketPrefix, isId, objectKey, readUploadKey, uploadKey } from '../index/keys.ts';
import type { UploadRecord } from '../index/records.ts';
import { endOfPrefix } from '../index/table.ts';
import { requireBucket } from './bucket.ts';
import { after, listKeys } from './list-keys.ts';
import type { StoreDeps } from './store-deps.ts';

interface UploadListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  /** Begin behind this upload of the key marker; empty: behind all of them. */
  readonly uploadIdMarker: string;
  readonly limit: number;
}

interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly record: UploadRecord;
}

interface UploadList {
  readonly uploads: readonly ListedUpload[];
  readonly commonPrefixes: readonly Buffer[];
  readonly isTruncated: boolean;
  /** Where the next page begins. */
  readonly last?: { readonly key: string; readonly uploadId: string };
}

/** By key, and those of one key oldest first. @throws S3Error `NoSuchBucket` */
export function listUploads(deps: StoreDeps, bucket: string, request: UploadListRequest): UploadList {
  requireBucket(deps, bucket);
  const root = bucketPrefix(bucket);
  const list = listKeys(deps.index.tables.uploads, {
    root,
    prefix: Buffer.from(request.prefix),
    delimiter: Buffer.from(request.delimiter),
    start: startBehind(bucket, request).subarray(root.length),
    limit: request.limit,
    // The id behind a key may hold any byte, the delimiter too.
    suffixBytes: 17,
  });
  const uploads: ListedUpload[] = [];
  const commonPrefixes: Buffer[] = [];
  let last: UploadList['last'];
  for (const item of list.items) {
    if (item.kind === 'entry') {
      last = readUploadKey(bucket, item.entry.key);
      uploads.push({ ...last, record: item.entry.value });
    } else {
      last = { key: item.prefix.toString(), uploadId: '' };
      commonPrefixes.push(item.prefix);
    }
  }
  return {
    uploads,
    commonPrefixes,
    isTruncated: list.isTruncated && request.limit > 0,
    ...(last !== undefined && { last }),
  };
}

function startBehind(
  bucket: string,
  { keyMarker, uploadIdMarker, prefix, delimiter }: UploadListRequest,
): Buffer {
  if (keyMarker === '') return bucketPrefix(bucket);
  if (isId(uploadIdMarker)) return after(uploadKey(bucket, keyMarker, uploadIdMarker));
  const rolled =
    delimiter !== '' && keyMarker.startsWith(prefix) ? keyMarker.indexOf(delimiter, prefix.length) : -1;
  const behind =
    rolled >= 0
      ? objectKey(bucket, keyMarker.slice(0, rolled + delimiter.length))
      : Buffer.concat([objectKey(bucket, keyMarker), Buffer.from([0])]);
  return endOfPrefix(behind) ?? behind;
}
