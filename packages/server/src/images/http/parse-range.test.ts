import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from './parse-range.ts';

describe('parseRange, of 100 bytes', () => {
  it.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=0-49', { first: 0, last: 49 }],
    ['bytes=50-', { first: 50, last: 99 }],
    ['bytes=50-1000', { first: 50, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    ['bytes=99-99', { first: 99, last: 99 }],
  ])('reads %s', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=99999999999999999999-'])(
    'cannot satisfy %s',
    (header) => {
      expect(parseRange(header, 100)).toBe('unsatisfiable');
    },
  );

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=0-1,5-6',
    'items=0-1',
    'bytes=a-b',
    'bytes=1.5-2',
  ])('answers %j with the whole', (header) => {
    expect(parseRange(header, 100)).toBeUndefined();
  });

  it('never leaves the file', () => {
    const side = fc.oneof(fc.constant(''), fc.nat().map(String));
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 1_000 }), (from, to, size) => {
        const range = parseRange(`bytes=${from}-${to}`, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeLessThan(size);
        expect(range.first).toBeLessThanOrEqual(range.last);
      }),
    );
  });
});
