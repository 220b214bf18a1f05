import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../store/test/running-store.ts';
import { putObject } from '../../test/object-store/client.ts';
import { type OpenedObjectStore, openObjectStore } from './open-object-store.ts';

let operations: string[] = [];
let running: RunningStore;
let store: OpenedObjectStore;

beforeEach(async () => {
  operations = [];
  running = await startStore({ onRequest: ({ operation = 'none' }) => operations.push(operation) });
  store = openObjectStore({
    ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
    clock: () => new Date(),
    warn: () => {},
  });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
});

it('does not probe a store whose capabilities are known', async () => {
  await putObject(store, 'from', 'hello');
  const source = await store.head('from');
  if (source === undefined) throw new Error('It was put there.');
  operations = [];
  await store.warmUp();
  await store.copy({ from: 'from', to: 'to', contentType: 'text/plain', source });
  expect(operations).toEqual(['HeadBucket', 'CopyObject']);
});

it('fails as unavailable when the store does not answer', async () => {
  await running[Symbol.asyncDispose]();
  const source = { etag: 'e', sizeBytes: 1 };
  const copying = store.copy({ from: 'from', to: 'to', contentType: 'text/plain', source });
  await expect(copying).rejects.toMatchObject({ code: 'common/unavailable' });
  await expect(store.warmUp()).rejects.toMatchObject({ code: 'common/unavailable' });
  running = await startStore();
});
