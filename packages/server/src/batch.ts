/**
 * Batches concurrent calls: `run` gets the items that arrived while earlier runs were in flight. A call does not wait for
 * others: with a free slot it starts at the end of the current turn of the event loop.
 *
 * A call resolves with the result of its item when its run has resolved.
 * @param options.maxItems upper bound of items in one run
 * @param options.maxInFlight upper bound of concurrent runs
 * @param options.run resolves with a result for each item, in order
 * @param options.isOneItemsFault whether one item may have caused an error of the run, which has then done nothing: each half of its
 * items is tried by itself, down to single ones, so that one refused item of 500 costs at most 19 runs
 */
export function batch<Item, Result>(options: {
  readonly maxItems: number;
  readonly maxInFlight: number;
  run(items: readonly Item[]): Promise<readonly Result[]>;
  isOneItemsFault(error: unknown): boolean;
}): (item: Item) => Promise<Result> {
  const { maxItems, maxInFlight, run, isOneItemsFault } = options;
  let waiting: Call<Item, Result>[] = [];
  let inFlight = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || waiting.length === 0 || inFlight >= maxInFlight) return;
    isScheduled = true;
    setImmediate(start);
  }

  function start(): void {
    isScheduled = false;
    const calls = waiting.slice(0, maxItems);
    waiting = waiting.slice(maxItems);
    inFlight += 1;
    void settle(calls).finally(() => {
      inFlight -= 1;
      schedule();
    });
    schedule();
  }

  async function settle(calls: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await run(calls.map(({ item }) => item));
      // The run gives as many results as it got items.
      for (const [index, { resolve }] of calls.entries()) resolve(results[index] as Result);
    } catch (error) {
      const half = Math.ceil(calls.length / 2);
      if (half < calls.length && isOneItemsFault(error)) {
        await Promise.all([calls.slice(0, half), calls.slice(half)].map(settle));
      } else for (const { reject } of calls) reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
}

interface Call<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}
