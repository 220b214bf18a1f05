import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from './range.ts';

describe('parseRange', () => {
  it.each<[string | undefined, number, { start: number; end: number } | undefined]>([
    [undefined, 10, undefined],
    ['bytes=0-9', 10, { start: 0, end: 10 }],
    ['bytes=3-', 10, { start: 3, end: 10 }],
    ['bytes=-3', 10, { start: 7, end: 10 }],
    ['bytes=-11', 10, { start: 0, end: 10 }],
    ['bytes=9-99', 10, { start: 9, end: 10 }],
    ['BYTES=1-2', 10, { start: 1, end: 3 }],
    ['bytes=00-01', 10, { start: 0, end: 2 }],
    ['bytes= 1-2', 10, undefined],
    ['bytes=1 -2', 10, undefined],
    ['bytes= -1', 10, undefined],
    ['bytes=2-1', 10, undefined],
    ['bytes=0-1,2-3', 10, undefined],
    ['lines=0-1', 10, undefined],
    ['bytes=-', 10, undefined],
    ['bytes=0x1-2', 10, undefined],
  ])('reads %s of %i bytes', (header, sizeBytes, span) => {
    expect(parseRange(header, sizeBytes)).toEqual(span);
  });

  it.each([
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
    ['bytes=-1', 0],
  ])('refuses %s of %i bytes', (header, sizeBytes) => {
    expect(() => parseRange(header, sizeBytes)).toThrow(
      expect.objectContaining({
        code: 'InvalidRange',
        details: { RangeRequested: header, ActualObjectSize: `${sizeBytes}` },
      }),
    );
  });

  it('never leaves the object', () => {
    const number = fc.oneof(fc.nat(20).map(String), fc.constant(''));
    fc.assert(
      fc.property(number, number, fc.nat(20), (first, last, sizeBytes) => {
        let span: ReturnType<typeof parseRange>;
        try {
          span = parseRange(`bytes=${first}-${last}`, sizeBytes);
        } catch {
          return;
        }
        if (span === undefined) return;
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeGreaterThan(span.start);
        expect(span.end).toBeLessThanOrEqual(sizeBytes);
      }),
    );
  });
});
