import { describe, expect, it } from 'vitest';
import { FairGate } from './fair-gate.ts';

const rules = { total: 3, perCaller: 2, maxQueuedPerCaller: 4, maxQueued: 6, maxWaitMs: 60_000 };

/** Work that ends when the test says so, and the names of what has begun. */
function createWork(gate: FairGate) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (caller: string, name: string, isGone = () => false) => {
    const done = gate.run({ name: caller, isGone }, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
    });
    // The test that expects the refusal awaits it.
    done.catch(() => {});
    return done;
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, start, end };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('FairGate', () => {
  it('gives each caller its share, and takes turns between those who wait', async () => {
    const { begun, start, end } = createWork(new FairGate(rules));
    for (const name of ['a1', 'a2', 'a3', 'a4']) start('a', name);
    await turn();
    expect(begun).toEqual(['a1', 'a2']);
    start('b', 'b1');
    start('b', 'b2');
    start('c', 'c1');
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    await end('a1');
    await end('a2');
    await end('b1');
    await end('a3');
    expect(begun.slice(0, 3)).toEqual(['a1', 'a2', 'b1']);
    expect(begun.slice(3).sort()).toEqual(['a3', 'a4', 'b2', 'c1']);
    expect(begun.indexOf('c1')).toBeLessThan(6);
  });

  it('refuses what would wait too long a queue, of one caller and of all', async () => {
    const { start } = createWork(new FairGate(rules));
    for (let index = 0; index < 6; index += 1) start('a', `a${index}`);
    await expect(start('a', 'a6')).rejects.toMatchObject({
      code: 'common/too-many-requests',
      details: { retryAfterSeconds: expect.any(Number) },
    });
    for (let index = 0; index < 3; index += 1) start('b', `b${index}`);
    await expect(start('b', 'b3')).rejects.toMatchObject({ code: 'common/unavailable' });
  });

  it('refuses what waits too long, and forgets it', async () => {
    const { begun, start, end } = createWork(new FairGate({ ...rules, maxWaitMs: 20 }));
    start('a', 'a1');
    start('a', 'a2');
    await expect(start('a', 'a3')).rejects.toMatchObject({ code: 'common/unavailable' });
    await end('a1');
    expect(begun).toEqual(['a1', 'a2']);
    start('a', 'a4');
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'a4']);
  });

  it('drops work whose caller has gone', async () => {
    const { begun, start, end } = createWork(new FairGate(rules));
    start('a', 'a1');
    start('a', 'a2');
    const gone = start('a', 'gone', () => true);
    start('a', 'a3');
    await turn();
    await end('a1');
    await expect(gone).rejects.toMatchObject({ code: 'common/unavailable' });
    expect(begun).toEqual(['a1', 'a2', 'a3']);
  });

  it('gives the slot of failed work to the next caller', async () => {
    const gate = new FairGate({ ...rules, total: 1 });
    const caller = { name: 'a', isGone: () => false };
    const failed = gate.run(caller, async () => {
      throw new Error('of the work');
    });
    const next = gate.run(caller, async () => 'done');
    await expect(failed).rejects.toThrow('of the work');
    expect(await next).toBe('done');
  });
});
