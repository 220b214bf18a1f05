import type { TestProject } from 'vitest/node';
import { startFakeClamd } from '../network/fake-clamd.ts';
import { type ServiceAddresses, startService } from './start-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    service: ServiceAddresses;
  }
}

/**
 * One service, with a scanner, for all acceptance tests: the one that TEST_API_URL and its like name, or one started here.
 *
 * @param env settings of the service started here, such as those of another PostgreSQL and another store
 */
export async function setup(
  project: TestProject,
  env: Readonly<Record<string, string>> = {},
): Promise<(() => Promise<void>) | undefined> {
  const { TEST_API_URL, TEST_OBJECTS_URL, TEST_IMAGES_URL, TEST_CONSOLE_URL, TEST_JOBS_URL } = process.env;
  if (TEST_API_URL !== undefined) {
    const own = Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    project.provide('service', {
      apiUrl: TEST_API_URL,
      objectsUrl: TEST_OBJECTS_URL ?? 'http://127.0.0.1:4501',
      imagesUrl: TEST_IMAGES_URL ?? 'http://127.0.0.1:4502',
      jobsUrl: TEST_JOBS_URL ?? '',
      consoleUrl: TEST_CONSOLE_URL ?? '',
      env: Object.fromEntries(own),
      operationsUrls: {},
      logFile: '',
    });
    return undefined;
  }
  const clamd = await startFakeClamd();
  const service = await startService({ env: { BKEND_CLAMD_URL: clamd.url, ...env } });
  const { apiUrl, objectsUrl, imagesUrl, consoleUrl, jobsUrl, operationsUrls, logFile } = service;
  project.provide('service', {
    ...{ apiUrl, objectsUrl, imagesUrl, consoleUrl, jobsUrl, operationsUrls, logFile },
    env: service.env,
  });
  return async () => {
    await service[Symbol.asyncDispose]();
    await clamd[Symbol.asyncDispose]();
  };
}
