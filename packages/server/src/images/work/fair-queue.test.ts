import { describe, expect, it } from 'vitest';
import { Coalescer } from './coalesce.ts';
import { type Ask, FairQueue, type FairQueueOptions } from './fair-queue.ts';
import { RecentUse } from './recent-use.ts';

/** Work that ends when it is told to. */
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

const patient = { permits: 1, extra: 0, maxQueued: 10, deadlineMs: 60_000 };

function open(options: Partial<FairQueueOptions> = {}) {
  const queue = new FairQueue({ ...patient, use: new RecentUse(), ...options });
  const run = <T>(work: () => Promise<T>, ask: Partial<Ask['flow']> & { price?: number } = {}) => {
    const { price = 100, client = 'a client', owner = 'an owner' } = ask;
    return queue.run({ flow: { client, owner }, price }, work);
  };
  return { queue, run };
}

describe('a fair queue', () => {
  it('works on so many at once, and on the others in their order', async () => {
    const { queue, run } = open({ permits: 2 });
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

  it('refuses at once what has no place to wait', async () => {
    const { run } = open({ maxQueued: 1 });
    const [a, b, c] = [held(), held(), held()];
    const waiting = [run(a.work), run(b.work)];
    await expect(run(c.work)).rejects.toMatchObject({ code: 'common/unavailable' });
    a.end();
    b.end();
    await Promise.all(waiting);
  });

  it('counts waiting towards the deadline, and never begins what nobody waits for', async () => {
    const { queue, run } = open({ deadlineMs: 20 });
    const [a, b] = [held(), held()];
    const outcomes = await Promise.allSettled([run(a.work), run(b.work)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    a.end();
    await expect.poll(() => queue.running).toBe(0);
    expect(b.begun).toBe(false);
  });

  /** Begins work that lasts, lets others wait, and tells in which order those begin. */
  async function orderOf(
    asks: readonly (Partial<Ask['flow']> & { name: string; price?: number })[],
    options: Partial<FairQueueOptions> = {},
  ): Promise<string[]> {
    const { run } = open({ maxQueued: 100, ...options });
    const first = held();
    const order: string[] = [];
    const running = run(first.work, { client: 'nobody', owner: 'nobody' });
    const waiting = asks.map(({ name, ...ask }) => run(async () => void order.push(name), ask));
    first.end();
    await Promise.all([running, ...waiting]);
    return order;
  }

  const flood = (flow: Partial<Ask['flow']>) =>
    Array.from({ length: 20 }, (_, index) => ({ name: `flood ${index}`, ...flow }));

  it.each([
    ['of another client', { client: 'b' }],
    ['for files of another owner', { owner: 'o' }],
    ['that cost less', { price: 10 }],
  ])('lets requests %s before those of a flood', async (_, other) => {
    const order = await orderOf([...flood({}), { name: 'other', ...other }]);
    // The flood's first was charged when it began; one of it may have the same rank.
    expect(order.indexOf('other')).toBeLessThanOrEqual(1);
  });

  it('takes a client for one, however many owners have the files it asks for', async () => {
    const spread = flood({}).map((ask, index) => ({ ...ask, owner: `owner ${index}` }));
    const order = await orderOf([...spread, { name: 'other', client: 'b', owner: 'owner 7' }]);
    expect(order.indexOf('other')).toBeLessThanOrEqual(1);
  });

  it('runs work of a flow that has none running, before another is over, and no more than that', async () => {
    const { queue, run } = open({ extra: 1 });
    const [a, b, c, d] = [held(), held(), held(), held()];
    const all = [run(a.work), run(b.work), run(c.work, { client: 'c' }), run(d.work, { client: 'd' })];
    await expect.poll(() => c.begun).toBe(true);
    expect([b.begun, d.begun, queue.running]).toEqual([false, false, 2]);
    for (const { end } of [a, b, c, d]) end();
    await Promise.all(all);
  });

  it('refuses the last of a flood to take in another request, when no more can wait', async () => {
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

  it('goes on after work that fails', async () => {
    const { queue, run } = open();
    const fails = async () => {
      throw new Error('broken');
    };
    await expect(Promise.all([run(fails), run(fails)])).rejects.toThrow('broken');
    await expect.poll(() => queue.running).toBe(0);
    expect(await run(async () => 'fine')).toBe('fine');
  });
});

describe('a coalescer', () => {
  it('shares one outcome among equal requests, and begins anew afterwards', async () => {
    const coalescer = new Coalescer<number>();
    let runs = 0;
    const work = async () => ++runs;
    expect(await Promise.all(['a', 'a', 'b'].map((name) => coalescer.run(name, work)))).toEqual([1, 1, 2]);
    expect(await coalescer.run('a', work)).toBe(3);
  });
});
