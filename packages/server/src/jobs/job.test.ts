import { describe, expect, it } from 'vitest';
import { inBatches } from './job.ts';

describe('inBatches', () => {
  it('goes on until a batch is not full, and adds up', async () => {
    const work = [5, 5, 3, 5];
    const sum = await inBatches(
      { batchSize: 5, signal: new AbortController().signal },
      async () => work.shift() ?? 0,
    );
    expect(sum).toBe(13);
    expect(work).toEqual([5]);
  });

  it('stops between two batches when it is told to', async () => {
    const stop = new AbortController();
    const sum = await inBatches({ batchSize: 5, signal: stop.signal }, async (limit) => {
      stop.abort();
      return limit;
    });
    expect(sum).toBe(5);
  });
});
