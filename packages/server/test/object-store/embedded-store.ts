import { afterAll, beforeAll } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../store/test/running-store.ts';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import type { OpenStore } from './contract.ts';

/** Starts the embedded store for the tests of a file. */
export function startEmbeddedStore(): OpenStore {
  let running: RunningStore;
  beforeAll(async () => {
    running = await startStore({ buckets: [] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
  });
  return ({ bucket, clock }) =>
    openObjectStore({
      endpoint: running.endpoint,
      region,
      bucket,
      credentials,
      clock,
      warn: (message, cause) => {
        throw new Error(message, { cause });
      },
    });
}
