import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryTable } from '../../test/memory-table.ts';
import { GroupCommit } from './group-commit.ts';
import type { Transaction } from './transaction.ts';

type Model = Map<string, number>;

/** One thing a decision does; checks what it reads against the model. */
type Step = (transaction: Transaction, table: MemoryTable<number>, model: Model) => void;

const name = fc.constantFrom('a', 'b', 'c', 'd');
const sorted = (model: Model) => [...model].sort(([a], [b]) => (a < b ? -1 : 1));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, fc.nat(9)).map(
    ([key, value]): Step =>
      (transaction, table, model) => {
        transaction.put(table, Buffer.from(key), value);
        model.set(key, value);
      },
  ),
  name.map(
    (key): Step =>
      (transaction, table, model) => {
        transaction.remove(table, Buffer.from(key));
        model.delete(key);
      },
  ),
  name.map(
    (key): Step =>
      (transaction, table, model) => {
        expect(transaction.get(table, Buffer.from(key))).toBe(model.get(key));
        expect(transaction.exists(table, Buffer.from(key))).toBe(model.has(key));
      },
  ),
  fc.tuple(name, name).map(
    ([start, end]): Step =>
      (transaction, table, model) => {
        const bounds = { start: Buffer.from(start), end: Buffer.from(end) };
        const expected = sorted(model).filter(([key]) => key >= start && key < end);
        const found = transaction.range(table, bounds).map(({ key, value }) => [key.toString(), value]);
        expect(found).toEqual(expected);
        expect(transaction.has(table, bounds)).toBe(expected.length > 0);
      },
  ),
);

const decision = fc.record({ steps: fc.array(step, { maxLength: 6 }), isRefused: fc.boolean() });
const group = fc.record({
  decisions: fc.array(decision, { minLength: 1, maxLength: 5 }),
  isDiskBroken: fc.boolean(),
});

const refusal = new Error('refused');
const fault = new Error('EIO');

it('decisions see all those before them and none that were refused, and a commit is all or nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(group, { maxLength: 5 }), async (groups) => {
      const table = new MemoryTable<number>('numbers');
      let isDiskBroken = false;
      const commits = new GroupCommit(async (changes) => {
        await Promise.resolve();
        if (isDiskBroken) throw fault;
        // The only table there is holds numbers.
        for (const { key, value } of changes.all()) table.set(key, value as number | undefined);
      });
      let committed: Model = new Map();
      for (const { decisions, ...disk } of groups) {
        isDiskBroken = disk.isDiskBroken;
        let decided: Model = new Map(committed);
        const outcomes = await Promise.allSettled(
          decisions.map(({ steps, isRefused }, index) =>
            commits.mutate((transaction) => {
              const model: Model = new Map(decided);
              for (const each of steps) each(transaction, table, model);
              if (isRefused) throw refusal;
              decided = model;
              return index;
            }),
          ),
        );
        const expected = decisions.map(({ isRefused }, value) => {
          if (isRefused) return { status: 'rejected', reason: refusal };
          return isDiskBroken ? { status: 'rejected', reason: fault } : { status: 'fulfilled', value };
        });
        expect(outcomes).toEqual(expected);
        if (!isDiskBroken) committed = decided;
        const kept = [...table.range({})].map(({ key, value }) => [key.toString(), value]);
        expect(kept).toEqual(sorted(committed));
      }
    }),
    { numRuns: 300 },
  );
});

it('what is decided while a commit runs goes into the next one, together', async () => {
  const sizes: number[] = [];
  let finish = () => {};
  const commits = new GroupCommit((changes) => {
    sizes.push([...changes.all()].length);
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const table = new MemoryTable<number>('numbers');
  const put = (key: string) => commits.mutate((transaction) => transaction.put(table, Buffer.from(key), 1));
  const first = put('a');
  await expect.poll(() => sizes).toEqual([1]);
  const others = [put('b'), put('c'), put('d')];
  finish();
  await first;
  await expect.poll(() => sizes).toEqual([1, 3]);
  finish();
  await Promise.all(others);
  await commits.drained();
});
