import fc from 'fast-check';
import { expect, it } from 'vitest';
import { boundsOfPrefix, endOfPrefix } from './table.ts';

const bytes = fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array));
/** Bytes at the end of their range are where mistakes are. */
const edges = fc
  .array(fc.constantFrom(0, 1, 0xfe, 0xff), { maxLength: 4 })
  .map((array) => Buffer.from(array));

it('the bounds of a prefix hold exactly the keys that begin with it', () => {
  fc.assert(
    fc.property(fc.oneof(bytes, edges), fc.oneof(bytes, edges), fc.boolean(), (prefix, other, isBelow) => {
      const key = isBelow ? Buffer.concat([prefix, other]) : other;
      const { start, end } = boundsOfPrefix(prefix);
      const isWithin =
        Buffer.compare(key, start ?? Buffer.alloc(0)) >= 0 &&
        (end === undefined || Buffer.compare(key, end) < 0);
      expect(isWithin).toBe(key.subarray(0, prefix.length).equals(prefix));
    }),
    { numRuns: 1000 },
  );
});

it('behind the last of all keys there is none', () => {
  expect(endOfPrefix(Buffer.from([0xff, 0xff]))).toBeUndefined();
  expect(endOfPrefix(Buffer.from([1, 0xff]))).toEqual(Buffer.from([2]));
});
