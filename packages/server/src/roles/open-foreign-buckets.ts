import type { Config } from '../config/config.ts';
import { readSecrets } from '../data-dir/secrets.ts';
import type { ForeignBucket } from '../moving/sources/object-bytes.ts';
import type { Logger } from '../observability/logger.ts';
import { openObjectStore } from '../s3/open-object-store.ts';
import { readObjectKey } from '../uploads/file-key.ts';

/** The S3 that files are imported from. */
export interface ForeignStore {
  /** Absent: AWS, or the service's own store where that is AWS. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Whether credentials of the AWS chain were given; without them, the service's own store is opened with its own. */
  readonly hasCredentials: boolean;
}

/** Objects of the service itself, in a bucket that others use, too. */
const ownPrefix = '_bkend/';

/**
 * Opens buckets of the S3 that files are imported from, each once. Where it is the service's own store, that copies the bytes itself,
 * and in the service's own bucket its own objects are left out.
 */
export function openForeignBuckets(
  { objects: own, dataDir }: Config,
  log: Logger,
  { endpoint, region, hasCredentials }: ForeignStore,
) {
  const isAt = (url: string | undefined) => url !== undefined && sameOrigin(url, endpoint);
  const isSameStore =
    endpoint === undefined ? own.endpoint === undefined : isAt(own.endpoint) || isAt(own.publicUrl);
  const isOfOwnStore = isSameStore && !hasCredentials;
  const ownCredentials = async () =>
    own.kind === 's3' ? own.credentials : (await readSecrets(dataDir)).storeCredentials;
  const opened = new Map<string, Awaited<ReturnType<typeof open>>>();
  const open = async (bucket: string) => {
    const credentials = isOfOwnStore ? await ownCredentials() : undefined;
    const store = openObjectStore({
      ...(isOfOwnStore
        ? { endpoint: own.endpoint, region: own.region, forcePathStyle: own.forcePathStyle, credentials }
        : { endpoint, region }),
      bucket,
      clock: () => new Date(),
      warn: (message, cause) => log.warn({ err: cause }, message),
    });
    const isOurs = (key: string) =>
      isSameStore && bucket === own.bucket && (key.startsWith(ownPrefix) || readObjectKey(key) !== undefined);
    async function* listObjects(prefix?: string) {
      for await (const object of store.listObjects(prefix)) if (!isOurs(object.key)) yield object;
    }
    const foreign: ForeignBucket = {
      name: bucket,
      objects: { head: store.head, get: store.get, listObjects },
      isOfOwnStore,
    };
    return { foreign, close: () => store[Symbol.asyncDispose]() };
  };
  return {
    async open(name: string): Promise<ForeignBucket> {
      const bucket = opened.get(name) ?? (await open(name));
      opened.set(name, bucket);
      return bucket.foreign;
    },
    async [Symbol.asyncDispose]() {
      for (const bucket of opened.values()) await bucket.close();
    },
  };
}

function sameOrigin(url: string, other: string | undefined): boolean {
  return other !== undefined && URL.canParse(other) && new URL(url).origin === new URL(other).origin;
}
