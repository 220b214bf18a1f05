import { basename, dirname } from 'node:path/posix';
import type { ImportEntry, ImportSource } from '../../uploads/import/import-entry.ts';
import { readRecord } from '../read-record.ts';
import { type ForeignBucket, objectBytes } from './object-bytes.ts';

/** A row of `storage.objects`, with its bucket's visibility. */
export interface SupabaseObject {
  readonly id: string;
  readonly bucketId: string;
  /** Path within the bucket. */
  readonly name: string;
  readonly ownerId: string | null;
  readonly isPublic: boolean;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  /** As the Storage API writes it: `mimetype`, `size`, `eTag`. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** Metadata of the app's own. */
  readonly userMetadata: Readonly<Record<string, unknown>> | null;
}

export interface Supabase {
  /** The rows in the order of bucket and name. */
  listObjects(): AsyncIterable<SupabaseObject>;
  /** A bucket of its S3, which has the name of the bucket's id. */
  openBucket(id: string): Promise<ForeignBucket>;
}

/** Supabase writes it to keep an empty folder. */
const placeholder = '.emptyFolderPlaceholder';

/**
 * The objects of Supabase Storage: their ids, owners and dates, at the key BUCKET/NAME, in a folder of that path. Those of public
 * buckets are public.
 */
export async function* readSupabase(supabase: Supabase): ImportSource {
  for await (const object of supabase.listObjects()) {
    if (basename(object.name) !== placeholder) yield await entryOf(supabase, object);
  }
}

async function entryOf(supabase: Supabase, object: SupabaseObject): Promise<ImportEntry> {
  const { bucketId, name, metadata, userMetadata } = object;
  const s3Key = `${bucketId}/${name}`;
  const at = `storage.objects ${s3Key}`;
  try {
    const mimeType = metadata?.mimetype;
    const hasUserMetadata = userMetadata !== null && Object.keys(userMetadata).length > 0;
    const fields = {
      id: object.id,
      s3Key,
      originalName: basename(name),
      folder: dirname(s3Key),
      ...(typeof mimeType === 'string' && { mimeType }),
      ownerId: object.ownerId === '' ? null : object.ownerId,
      visibility: object.isPublic ? 'public' : 'private',
      ...(hasUserMetadata && { metadata: { custom: userMetadata } }),
      createdAt: object.createdAt?.toISOString(),
      updatedAt: object.updatedAt?.toISOString(),
    };
    const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const record = readRecord(present, { ignoresOthers: false });
    return { at, record, bytes: objectBytes(await supabase.openBucket(bucketId), name) };
  } catch (fault) {
    return { at, fault };
  }
}
