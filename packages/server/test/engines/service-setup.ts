import type { TestProject } from 'vitest/node';
import { setup as setupService } from '../../../test-support/src/service/service-setup.ts';
import { startEngines } from './engines.ts';

/** As `service-setup.ts` of the test support, the service standing on the real engines rather than on its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { databaseUrl, s3, stop } = await startEngines();
  const stopService = await setupService(project, {
    DATABASE_URL: databaseUrl,
    S3_ENDPOINT: s3.endpoint,
    S3_REGION: s3.region,
    S3_BUCKET: s3.bucket,
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
  });
  return async () => {
    await stopService?.();
    await stop();
  };
}
