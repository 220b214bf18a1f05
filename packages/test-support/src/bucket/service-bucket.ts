import { silenceSdkVersionWarning } from '../../../server/src/config/env.ts';
import { readSecrets } from '../../../server/src/data-dir/secrets.ts';
import type { ObjectStore } from '../../../server/src/files/object-store.ts';
import { openObjectStore } from '../../../server/src/s3/open-object-store.ts';
import { pendingKeyOf } from '../../../server/src/uploads/file-key.ts';
import type { RunningService } from '../service/start-service.ts';

type Service = Pick<RunningService, 'env' | 'dataDir' | 'objectsUrl'>;

/** The service's bucket, as its operator can reach it. */
export async function openBucket(service: Service): Promise<ObjectStore & AsyncDisposable> {
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

/** Everything of a project in the bucket: the keys of objects, those that wait too, and of uploads in parts under way. */
export async function readBucket(service: RunningService, project: string) {
  await using store = await openBucket(service);
  const isIts = (key: string) => key.startsWith(project) || key.startsWith(pendingKeyOf(project));
  const objects: string[] = [];
  for await (const { key } of store.listObjects()) if (isIts(key)) objects.push(key);
  const uploads: string[] = [];
  for await (const { key } of store.listMultiparts()) if (isIts(key)) uploads.push(key);
  return { objects, uploads };
}

/** The address of the file whose bytes an object holds. */
export function addressOf(objectKey: string): string {
  return objectKey.replace(/~.*$/, '');
}
