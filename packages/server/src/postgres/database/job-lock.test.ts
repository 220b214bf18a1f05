import { describe, expect, it } from 'vitest';
import { startRelay } from '../../../../test-support/src/network/relay.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { Database } from './database.ts';
import { createJobLock } from './job-lock.ts';

const test = await useTestDatabase();

describe('a job lock', () => {
  it('lets one process run a job, and another process another job', async () => {
    const [ours, theirs] = [createJobLock(test.database), createJobLock(test.database)];
    const outcome = await ours.runExclusively('purge', async () => {
      expect(await theirs.runExclusively('purge', async () => 'theirs')).toBeUndefined();
      expect(await theirs.runExclusively('expiry', async () => 'theirs')).toBe('theirs');
      return 'ours';
    });
    expect(outcome).toBe('ours');
    expect(await theirs.runExclusively('purge', async () => 'theirs')).toBe('theirs');
  });

  it('is released when the work fails', async () => {
    const lock = createJobLock(test.database);
    const failure = new TypeError('no');
    const work = () => Promise.reject(failure);
    await expect(lock.runExclusively('purge', work)).rejects.toBe(failure);
    expect(await lock.runExclusively('purge', async () => 1)).toBe(1);
  });

  it('is released when its process is gone, whose work may still finish', async () => {
    await using relay = await startRelay(test.url);
    await using lonely = new Database({ url: relay.url });
    const outcome = await createJobLock(lonely).runExclusively('purge', async () => {
      relay.hangUp();
      const lock = createJobLock(test.database);
      let taken: string | undefined;
      while (taken === undefined) taken = await lock.runExclusively('purge', async () => 'taken');
      return taken;
    });
    expect(outcome).toBe('taken');
  });
});
