import { afterAll, beforeAll } from 'vitest';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import { credentials, type RunningStore, region, startStore } from '../store/running-store.ts';
import { objectStoreContract } from './contract.ts';

let running: RunningStore;
beforeAll(async () => {
  running = await startStore({ buckets: [] });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
});

objectStoreContract('the object store on the embedded store', ({ bucket, clock }) =>
  openObjectStore({
    endpoint: running.endpoint,
    region,
    bucket,
    credentials,
    clock,
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  }),
);
