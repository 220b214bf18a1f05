import { basename } from 'node:path/posix';
import type { ImportSource } from '../../uploads/import/import-entry.ts';
import { readRecord } from '../read-record.ts';
import { type ForeignBucket, objectBytes } from './object-bytes.ts';

/**
 * The objects of a bucket whose keys begin with a prefix, as files at these keys, in a folder that the key names. Folders that
 * consoles make, empty objects whose keys end with `/`, are left out.
 */
export async function* readObjects(bucket: ForeignBucket, prefix: string): ImportSource {
  for await (const { key, sizeBytes, lastModified } of bucket.objects.listObjects(prefix)) {
    if (key.endsWith('/') && sizeBytes === 0) continue;
    const at = `s3://${bucket.name}/${key}`;
    try {
      const slash = key.lastIndexOf('/');
      const fields = {
        s3Key: key,
        originalName: basename(key),
        folder: slash < 0 ? '' : key.slice(0, slash),
        size: sizeBytes,
        createdAt: lastModified.toISOString(),
      };
      yield { at, record: readRecord(fields, { ignoresOthers: false }), bytes: objectBytes(bucket, key) };
    } catch (fault) {
      yield { at, fault };
    }
  }
}
