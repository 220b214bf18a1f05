import type { TestProject } from 'vitest/node';
import { startService } from '../../../test-support/src/service/start-service.ts';
import { defaultInstallation } from './default-installation.ts';

/** Starts one service for all attacks; it must still stop in good order after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const service = await startService({ env: defaultInstallation });
  const { apiUrl, objectsUrl, imagesUrl, consoleUrl, jobsUrl, operationsUrls, env, logFile } = service;
  project.provide('service', {
    apiUrl,
    objectsUrl,
    imagesUrl,
    consoleUrl,
    jobsUrl,
    operationsUrls,
    env,
    logFile,
  });
  return async () => {
    const code = await service.stop();
    await service[Symbol.asyncDispose]();
    if (code !== 0) throw new Error(`The service ended with ${code} after the attacks.`);
  };
}
