import { v7 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../../store/test/running-store.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { sampleJobsDeps } from '../../../../test-support/src/samples/jobs-deps.ts';
import { newTenant } from '../../../../test-support/src/samples/samples.ts';
import { putObject } from '../../../test/object-store/client.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import type { JobsDeps } from '../../jobs/job.ts';
import { purgeObjects } from '../../jobs/purge-objects.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';
import { makeFileKey } from '../../uploads/file-key.ts';

const { database } = await useTestDatabase();
const tenant = newTenant();
const operations: string[] = [];

let running: RunningStore;
let store: ObjectStore & AsyncDisposable;
beforeEach(async () => {
  running = await startStore({ onRequest: ({ operation = 'none' }) => operations.push(operation) });
  store = openObjectStore({
    ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
    clock: () => new Date(),
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

/** Queues purges of objects; every third is there. @returns the operations of the store that doing them takes */
async function purge(objects: ObjectStore, count: number): Promise<Record<string, number>> {
  const deps: JobsDeps = sampleJobsDeps(database, objects, () => new Date());
  const keys = Array.from({ length: count }, () =>
    makeFileKey({ tenant, category: 'images', id: v7(), filename: 'a & b.png', at: new Date() }),
  );
  for (const [index, key] of keys.entries()) if (index % 3 === 0) await putObject(store, key, 'hello');
  expect(await deps.purges.enqueue(keys)).toBe(count);
  operations.length = 0;
  const { counts } = await purgeObjects.run(deps, { repair: false, signal: new AbortController().signal });
  expect(counts).toEqual({ purged: count, failed: 0 });
  const counted: Record<string, number> = {};
  for (const operation of operations) counted[operation] = (counted[operation] ?? 0) + 1;
  for await (const { key } of store.listObjects()) throw new Error(`${key} is left.`);
  expect(await deps.purges.claim({ limit: 1, now: new Date(), leaseSeconds: 1 })).toEqual([]);
  return counted;
}

test('the embedded store removes the objects of a hundred purges by one request', async () => {
  expect(await purge(store, 150)).toEqual({ DeleteObjects: 2 });
});

test('objects are removed one by one where the request for many fails', async () => {
  const refusing: ObjectStore = { ...store, deleteTogether: () => Promise.reject(new Error('not known')) };
  expect(await purge(refusing, 20)).toEqual({ DeleteObject: 20 });
});

test('objects are removed one by one on a store that is not known to remove many', async () => {
  const { deleteTogether: _, ...one } = store;
  expect(await purge(one, 20)).toEqual({ DeleteObject: 20 });
});
