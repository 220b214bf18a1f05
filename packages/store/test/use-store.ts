import { afterAll } from 'vitest';
import { type RunningStore, startStore } from './running-store.ts';

/** A store of a test file's own, which ends after the file's tests. To be awaited at the top of the file. */
export async function useStore(options?: Parameters<typeof startStore>[0]): Promise<RunningStore> {
  const store = await startStore(options);
  afterAll(() => store[Symbol.asyncDispose]());
  return store;
}
