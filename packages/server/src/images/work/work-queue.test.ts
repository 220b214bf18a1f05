import { describe, expect, it } from 'vitest';
import { Coalescer } from './coalesce.ts';
import { WorkQueue } from './work-queue.ts';

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

const patient = { permits: 1, maxQueued: 10, deadlineMs: 60_000 };

describe('a work queue', () => {
  it('works on so many at once, and on the others in their order', async () => {
    const queue = new WorkQueue({ ...patient, permits: 2 });
    const [a, b, c, d] = [held(), held(), held(), held()];
    const all = [a, b, c, d].map(({ work }) => queue.run(work));
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
    const queue = new WorkQueue({ ...patient, maxQueued: 1 });
    const [a, b, c] = [held(), held(), held()];
    const waiting = [queue.run(a.work), queue.run(b.work)];
    await expect(queue.run(c.work)).rejects.toMatchObject({ code: 'common/unavailable' });
    a.end();
    b.end();
    await Promise.all(waiting);
  });

  it('counts waiting towards the deadline, and never begins what nobody waits for', async () => {
    const queue = new WorkQueue({ ...patient, deadlineMs: 20 });
    const [a, b] = [held(), held()];
    const outcomes = await Promise.allSettled([queue.run(a.work), queue.run(b.work)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    a.end();
    await expect.poll(() => queue.running).toBe(0);
    expect(b.begun).toBe(false);
  });

  it('goes on after work that fails', async () => {
    const queue = new WorkQueue(patient);
    const fails = async () => {
      throw new Error('broken');
    };
    await expect(Promise.all([queue.run(fails), queue.run(fails)])).rejects.toThrow('broken');
    await expect.poll(() => queue.running).toBe(0);
    expect(await queue.run(async () => 'fine')).toBe('fine');
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
