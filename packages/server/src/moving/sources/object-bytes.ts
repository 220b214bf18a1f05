import type { ObjectStore } from '../../files/object-store.ts';
import type { SourceBytes } from '../../uploads/import/import-entry.ts';

/** Bytes of an object. The service's own store copies it; from others it is streamed. */
export function objectBytes(
  { name: bucket, objects, isOfOwnStore }: ForeignBucket,
  key: string,
): SourceBytes {
  const missing = () => new Error(`There is no object ${JSON.stringify(key)} in the bucket ${bucket}.`);
  const describe = async () => {
    const info = await objects.head(key);
    if (info === undefined) throw missing();
    return info;
  };
  return {
    name: `s3://${bucket}/${key}`,
    ...(isOfOwnStore && { object: { bucket, key } }),
    describe,
    check: async () => void (await describe()),
    async open() {
      const object = await objects.get(key);
      if (object === undefined) throw missing();
      return { body: object.body, sizeBytes: object.info.sizeBytes };
    },
  };
}

/** A bucket that files are imported from. */
export interface ForeignBucket {
  readonly name: string;
  readonly objects: Pick<ObjectStore, 'listObjects' | 'head' | 'get'>;
  /** Whether the service's own store has it, and may copy from it. */
  readonly isOfOwnStore: boolean;
}
