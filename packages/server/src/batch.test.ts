import { expect, it } from 'vitest';
import { batch } from './batch.ts';

/** Calls of one batch, of which some are refused; a run with one of those does nothing. */
async function runBatch(count: number, isRefused: (item: number) => boolean) {
  const runs: (readonly number[])[] = [];
  const done: number[] = [];
  const call = batch<number, number>({
    maxItems: 500,
    maxInFlight: 2,
    run: async (items) => {
      runs.push(items);
      if (items.some(isRefused)) throw new Error('refused');
      done.push(...items);
      return items.map((item) => item * 2);
    },
    isOneItemsFault: () => true,
  });
  const outcomes = await Promise.allSettled(Array.from({ length: count }, (_, item) => call(item)));
  return { runs, done, outcomes };
}

it.each([
  { refused: [] },
  { refused: [0] },
  { refused: [311] },
  { refused: [499] },
  { refused: [3, 250, 251] },
])(
  'refused items, $refused of 500, fail alone, and each other one is done once',
  async ({ refused }: { readonly refused: readonly number[] }) => {
    const { done, outcomes } = await runBatch(500, (item) => refused.includes(item));
    const failed = outcomes.flatMap(({ status }, item) => (status === 'rejected' ? [item] : []));
    expect(failed).toEqual(refused);
    const others = Array.from({ length: 500 }, (_, item) => item).filter((item) => !refused.includes(item));
    expect(done.toSorted((a, b) => a - b)).toEqual(others);
    expect(outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))).toEqual(
      others.map((item) => item * 2),
    );
  },
);

it('one refused item of 500 costs a run for each halving, not one for each item', async () => {
  const { runs } = await runBatch(500, (item) => item === 311);
  expect(runs.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(500)));
});

it('refused items alone cost at most twice as many runs as there are items', async () => {
  const { runs } = await runBatch(64, () => true);
  expect(runs.length).toBeLessThanOrEqual(2 * 64);
});
