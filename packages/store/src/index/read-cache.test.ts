import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadCache } from './read-cache.ts';

const maxBytes = 10;
const name = fc.constantFrom('a', 'b', 'c', 'd');

/** One commit: what it changes, whether it fails, and what is read before it, while it runs and after it. */
const commit = fc.record({
  changed: fc.uniqueArray(name, { maxLength: 3 }),
  fails: fc.boolean(),
  reads: fc.tuple(fc.array(name), fc.array(name), fc.array(name)),
});

it('readers see what the index holds, before, during and after every commit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commit, { maxLength: 8 }), async (commits) => {
      const index = new Map<string, number>();
      const cache = new ReadCache<number>(maxBytes);
      const read = (each: string) => {
        const held = index.get(each);
        expect(cache.find(each) ?? held).toBe(held);
        if (held !== undefined) cache.keep(each, held, 3);
      };
      let version = 0;
      for (const { changed, fails, reads } of commits) {
        const [before, during, after] = reads;
        version++;
        before.forEach(read);
        const committed = cache.change(changed, async () => {
          during.forEach(read);
          await Promise.resolve();
          if (fails) throw new Error('EIO');
          for (const each of changed) index.set(each, version);
          // The index has it, and no caller has been answered.
          during.forEach(read);
        });
        if (fails) await expect(committed).rejects.toThrow('EIO');
        else await committed;
        after.forEach(read);
      }
    }),
    { numRuns: 300 },
  );
});

it('what came first goes first when there is too much', () => {
  const cache = new ReadCache<string>(maxBytes);
  cache.keep('a', 'A', 4);
  cache.keep('b', 'B', 4);
  cache.keep('c', 'C', 4);
  expect(['a', 'b', 'c'].map((each) => cache.find(each))).toEqual([undefined, 'B', 'C']);
});

it('what was kept again takes its room once', () => {
  const cache = new ReadCache<string>(maxBytes);
  for (let round = 0; round < 9; round++) cache.keep('a', 'A', 4);
  cache.keep('b', 'B', 4);
  expect(['a', 'b'].map((each) => cache.find(each))).toEqual(['A', 'B']);
});

it('what is larger than all there is room for pushes nothing out', () => {
  const cache = new ReadCache<string>(maxBytes);
  cache.keep('a', 'A', 4);
  cache.keep('large', 'L', 11);
  expect(['a', 'large'].map((each) => cache.find(each))).toEqual(['A', undefined]);
});
