import { describe, expect, it } from 'vitest';
import { inBatches, nextAttemptAt } from './job.ts';

describe('inBatches', () => {
  it('repeats the step until a batch is not full, and adds up', async () => {
    const work = [5, 5, 3, 5];
    const sum = await inBatches(
      { batchSize: 5, signal: new AbortController().signal },
      async () => work.shift() ?? 0,
    );
    expect(sum).toBe(13);
    expect(work).toEqual([5]);
  });

  it('stops between two batches when its signal aborts', async () => {
    const stop = new AbortController();
    const sum = await inBatches({ batchSize: 5, signal: stop.signal }, async (limit) => {
      stop.abort();
      return limit;
    });
    expect(sum).toBe(5);
  });
});

describe('nextAttemptAt', () => {
  const secondsAfter = (attempts: number) => nextAttemptAt(new Date(0), attempts).getTime() / 1_000;

  it('begins at ten seconds, doubles, and ends at an hour', () => {
    expect([0, 1, 2, 3, 8, 9, 10].map(secondsAfter)).toEqual([10, 20, 40, 80, 2_560, 3_600, 3_600]);
  });

  it('stays at an hour after any number of failures', () => {
    expect(secondsAfter(100_000)).toBe(3_600);
  });
});
