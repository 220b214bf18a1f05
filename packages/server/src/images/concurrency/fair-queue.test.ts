import { describe, expect, it } from 'vitest';
import { FairQueue, type FairQueueOptions, RecentUse, type SlotRequest } from './fair-queue.ts';

/** Work that lasts until `end` is called. */
function held(): { work: () => Promise<string>; end(): void; readonly begun: boolean } {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { begun: false };
  return {
    work: async () => {
      state.begun = true;
      await over;
      return 'done';
    },
    end: () => end(),
    get begun() {
      return state.begun;
    },
  };
}

const defaults = { slots: 1, extraSlots: 0, maxQueued: 10, deadlineMs: 60_000 };

type RequestParts = Partial<Pick<SlotRequest, 'costMs' | 'signal'>>;

function open(options: Partial<FairQueueOptions> = {}) {
  const queue = new FairQueue({ ...defaults, use: new RecentUse(), ...options });
  const run = <T>(work: () => Promise<T>, request: Partial<SlotRequest['flow']> & RequestParts = {}) => {
    const { costMs = 100, signal, client = 'a client', owner = 'an owner' } = request;
    return queue.run({ flow: { client, owner }, costMs, signal }, work);
  };
  return { queue, run };
}

describe('a fair queue', () => {
  it('runs as much work as it has slots, and the rest in order', async () => {
    const { queue, run } = open({ slots: 2 });
    const [a, b, c, d] = [held(), held(), held(), held()];
    const all = [a, b, c, d].map(({ work }) => run(work));
    await Promise.resolve();
    expect([queue.running, queue.depth]).toEqual([2, 2]);
    b.end();
    await all[1];
    await expect.poll(() => c.begun).toBe(true);
    expect(d.begun).toBe(false);
    for (const { end } of [a, c, d]) end();
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done', 'done']);
    expect([queue.running, queue.depth]).toEqual([0, 0]);
  });

  it('refuses a request at once when no more may wait', async () => {
    const { run } = open({ maxQueued: 1 });
    const [a, b, c] = [held(), held(), held()];
    const waiting = [run(a.work), run(b.work)];
    await expect(run(c.work)).rejects.toMatchObject({ code: 'common/unavailable' });
    a.end();
    b.end();
    await Promise.all(waiting);
  });

  it('counts waiting towards the deadline, and never begins work that was refused', async () => {
    const { queue, run } = open({ deadlineMs: 20 });
    const [a, b] = [held(), held()];
    const outcomes = await Promise.allSettled([run(a.work), run(b.work)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    a.end();
    await expect.poll(() => queue.running).toBe(0);
    expect(b.begun).toBe(false);
  });

  /** The order in which requests begin that wait for work to end. */
  async function orderOf(
    requests: readonly (Partial<SlotRequest['flow']> & RequestParts & { name: string })[],
    options: Partial<FairQueueOptions> = {},
  ): Promise<string[]> {
    const { run } = open({ maxQueued: 100, ...options });
    const first = held();
    const order: string[] = [];
    const running = run(first.work, { client: 'first', owner: 'first' });
    const waiting = requests.map(({ name, ...request }) => run(async () => void order.push(name), request));
    first.end();
    await Promise.all([running, ...waiting]);
    return order;
  }

  const flood = (flow: Partial<SlotRequest['flow']>) =>
    Array.from({ length: 20 }, (_, index) => ({ name: `flood ${index}`, ...flow }));

  it.each([
    ['of another client', { client: 'b' }],
    ['for files of another owner', { owner: 'o' }],
    ['that cost less', { costMs: 10 }],
  ])('lets requests %s before those of a flood', async (_, other) => {
    const order = await orderOf([...flood({}), { name: 'other', ...other }]);
    // The flood's first request was charged when it began; another of it may have the same rank.
    expect(order.indexOf('other')).toBeLessThanOrEqual(1);
  });

  it('counts all requests of one client together, also for files of many owners', async () => {
    const spread = flood({}).map((request, index) => ({ ...request, owner: `owner ${index}` }));
    const order = await orderOf([...spread, { name: 'other', client: 'b', owner: 'owner 7' }]);
    expect(order.indexOf('other')).toBeLessThanOrEqual(1);
  });

  it('runs work of one more flow that has none running, before other work ends', async () => {
    const { queue, run } = open({ extraSlots: 1 });
    const [a, b, c, d] = [held(), held(), held(), held()];
    const all = [run(a.work), run(b.work), run(c.work, { client: 'c' }), run(d.work, { client: 'd' })];
    await expect.poll(() => c.begun).toBe(true);
    expect([b.begun, d.begun, queue.running]).toEqual([false, false, 2]);
    for (const { end } of [a, b, c, d]) end();
    await Promise.all(all);
  });

  it('refuses the last request of a flood in favour of another flow, when no more may wait', async () => {
    const { run } = open({ maxQueued: 3 });
    const first = held();
    const running = run(first.work);
    const waiting = [1, 2, 3].map(() => run(async () => 'flood'));
    const outcomes = Promise.allSettled(waiting);
    const other = run(async () => 'other', { client: 'b', owner: 'o' });
    await expect(run(async () => 'flood')).rejects.toMatchObject({ code: 'common/unavailable' });
    first.end();
    expect(await other).toBe('other');
    await running;
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  it('continues after work that fails', async () => {
    const { queue, run } = open();
    const fails = async () => {
      throw new Error('broken');
    };
    await expect(Promise.all([run(fails), run(fails)])).rejects.toThrow('broken');
    await expect.poll(() => queue.running).toBe(0);
    expect(await run(async () => 'fine')).toBe('fine');
  });

  it('lets a request leave at once when its client has gone, and never begins its work', async () => {
    const { queue, run } = open();
    const [first, left] = [held(), held()];
    const gone = new AbortController();
    const running = run(first.work);
    const waiting = run(left.work, { signal: gone.signal });
    expect(queue.depth).toBe(1);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(queue.depth).toBe(0);
    first.end();
    await running;
    expect(left.begun).toBe(false);
    await expect(run(left.work, { signal: gone.signal })).rejects.toThrow('gone');
    expect([left.begun, queue.running, queue.depth]).toEqual([false, 0, 0]);
  });

  it('keeps a slot until its work has ended, also after its client has gone', async () => {
    const { queue, run } = open();
    const work = held();
    const gone = new AbortController();
    const running = run(work.work, { signal: gone.signal });
    await expect.poll(() => work.begun).toBe(true);
    gone.abort(new Error('gone'));
    await expect(running).rejects.toThrow('gone');
    expect(queue.running).toBe(1);
    work.end();
    await expect.poll(() => queue.running).toBe(0);
  });
});
