/**
 * Joins calls made at about the same time: `run` gets what has gathered while earlier runs were on their way. Nobody
 * waits for company, for a call that finds a free place leaves at the end of the current turn of the event loop.
 *
 * A call resolves when the run it was part of has resolved.
 * @param options.maxItems how many one run takes at most
 * @param options.maxInFlight how many runs there are at a time
 * @param options.isOneItemsFault whether a run may have failed for one of its items only: then each is tried by itself
 */
export function batch<Item>(options: {
  readonly maxItems: number;
  readonly maxInFlight: number;
  run(items: readonly Item[]): Promise<void>;
  isOneItemsFault(error: unknown): boolean;
}): (item: Item) => Promise<void> {
  const { maxItems, maxInFlight, run, isOneItemsFault } = options;
  let waiting: Call<Item>[] = [];
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

  async function settle(calls: readonly Call<Item>[]): Promise<void> {
    try {
      await run(calls.map(({ item }) => item));
      for (const { resolve } of calls) resolve();
    } catch (error) {
      if (calls.length > 1 && isOneItemsFault(error)) await Promise.all(calls.map((call) => settle([call])));
      else for (const { reject } of calls) reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
}

interface Call<Item> {
  readonly item: Item;
  resolve(): void;
  reject(error: unknown): void;
}
