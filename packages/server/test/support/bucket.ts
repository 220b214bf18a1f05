import { silenceSdkVersionWarning } from '../../src/config/env.ts';
import { readSecrets } from '../../src/data-dir/secrets.ts';
import type { ObjectStore } from '../../src/files/object-store.ts';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import type { RunningService } from './service.ts';

/** The service's bucket, as its operator can reach it. */
export async function openBucket(service: RunningService): Promise<ObjectStore & AsyncDisposable> {
  silenceSdkVersionWarning();
  const { env, dataDir, objectsUrl } = service;
  const { storeCredentials } = await readSecrets(dataDir);
  return openObjectStore({
    endpoint: objectsUrl,
    region: env.S3_REGION ?? 'us-east-1',
    bucket: env.S3_BUCKET ?? 'bkend',
    forcePathStyle: true,
    credentials: {
      accessKeyId: env.S3_ACCESS_KEY_ID ?? storeCredentials.accessKeyId,
      secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? storeCredentials.secretAccessKey,
    },
    clock: () => new Date(),
    warn: () => {},
  });
}

/** Everything in the bucket below a prefix: the keys of objects, and of uploads in parts that are under way. */
export async function readBucket(service: RunningService, prefix: string) {
  await using store = await openBucket(service);
  const objects: string[] = [];
  for await (const { key } of store.listObjects()) if (key.startsWith(prefix)) objects.push(key);
  const uploads: string[] = [];
  for await (const { key } of store.listMultiparts()) if (key.startsWith(prefix)) uploads.push(key);
  return { objects, uploads };
}
