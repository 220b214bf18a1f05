import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange, type RangeFields, requestedRange } from './range.ts';

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', 100, { first: 0, last: 0 }],
    ['bytes=0-49', 100, { first: 0, last: 49 }],
    ['bytes=50-', 100, { first: 50, last: 99 }],
    ['bytes=50-1000', 100, { first: 50, last: 99 }],
    ['bytes=-10', 100, { first: 90, last: 99 }],
    ['bytes=-1000', 100, { first: 0, last: 99 }],
    ['bytes=99-99', 100, { first: 99, last: 99 }],
    ['BYTES=1-2', 100, { first: 1, last: 2 }],
    ['Bytes=-2', 100, { first: 98, last: 99 }],
    ['bytes=00-01', 100, { first: 0, last: 1 }],
  ])('reads %s of %i bytes', (header, sizeBytes, range) => {
    expect(parseRange(header, sizeBytes)).toEqual(range);
  });

  it.each([
    ['bytes=100-', 100],
    ['bytes=100-200', 100],
    ['bytes=-0', 100],
    ['bytes=99999999999999999999-', 100],
    ['bytes=0-', 0],
    ['bytes=0-0', 0],
    ['bytes=-1', 0],
    ['BYTES=-1', 0],
  ])('cannot satisfy %s of %i bytes', (header, sizeBytes) => {
    expect(parseRange(header, sizeBytes)).toBe('unsatisfiable');
  });

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=0-1,5-6',
    'bytes= 1-2',
    'bytes=1 -2',
    'bytes= -1',
    'items=0-1',
    'lines=0-1',
    'bytes=a-b',
    'bytes=1.5-2',
    'bytes=0x1-2',
  ])('takes %j for the whole', (header) => {
    expect(parseRange(header, 100)).toBeUndefined();
  });

  it('never leaves the representation', () => {
    const side = fc.oneof(fc.constant(''), fc.nat(1_200).map(String));
    fc.assert(
      fc.property(side, side, fc.nat(1_000), (from, to, size) => {
        const range = parseRange(`bytes=${from}-${to}`, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeLessThan(size);
        expect(range.first).toBeLessThanOrEqual(range.last);
      }),
    );
  });
});

describe('requestedRange', () => {
  const modifiedAt = Date.parse('2026-03-01T12:00:00.750Z');
  const range = 'bytes=1-2';
  const asked = { first: 1, last: 2 };

  it.each<[RangeFields, boolean, boolean]>([
    [{ range: undefined, ifRange: undefined }, false, false],
    [{ range: undefined, ifRange: '"a"' }, false, false],
    [{ range, ifRange: undefined }, true, true],
    [{ range, ifRange: '"a"' }, true, true],
    [{ range, ifRange: 'W/"a"' }, false, false],
    [{ range, ifRange: '"b"' }, false, false],
    [{ range, ifRange: '"b", "a"' }, false, false],
    [{ range, ifRange: 'Sun, 01 Mar 2026 12:00:00 GMT' }, true, false],
    [{ range, ifRange: 'Sun, 01 Mar 2026 12:00:01 GMT' }, false, false],
    [{ range, ifRange: 'once' }, false, false],
  ])('of %o is read: with a date %s, without %s', (fields, withDate, without) => {
    const representation = { etag: '"a"', sizeBytes: 10 };
    expect(requestedRange(fields, { ...representation, modifiedAt })).toEqual(withDate ? asked : undefined);
    expect(requestedRange(fields, representation)).toEqual(without ? asked : undefined);
  });
});
