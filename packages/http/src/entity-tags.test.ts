import { describe, expect, it } from 'vitest';
import { processorMs } from '../../test-support/src/process/processor-ms.ts';
import { evaluatePreconditions, matchesStrongly, matchesWeakly } from './entity-tags.ts';

describe('a list of entity tags', () => {
  it.each([
    ['"a"', true, true],
    ['W/"a"', false, true],
    ['"b", "a"', true, true],
    ['"b" , W/"a" ,"c"', false, true],
    ['"b,c", "a"', true, true],
    ['*', true, true],
    [' * ', true, true],
    // As clients of S3 send them.
    ['a', true, true],
    ['b, a', true, true],
    ['"a', true, true],
    ['W/a', false, true],
    ['"b"', false, false],
    ['"b,a"', false, false],
    ['"A"', false, false],
    ['"*"', false, false],
    ['""', false, false],
    ['', false, false],
    [',', false, false],
  ])('%s has "a": strongly %s, weakly %s', (list, strongly, weakly) => {
    expect(matchesStrongly(list, '"a"')).toBe(strongly);
    expect(matchesWeakly(list, '"a"')).toBe(weakly);
  });

  it('is read in time that grows with its length alone', () => {
    const list = '"'.repeat(20_001);
    expect(processorMs(() => expect(matchesWeakly(list, '"a"')).toBe(false))).toBeLessThan(1_000);
  });
});

describe('evaluatePreconditions', () => {
  it.each([
    [undefined, undefined, 'proceed'],
    ['"a"', undefined, 'proceed'],
    ['W/"a"', undefined, 'failed'],
    ['"b"', '"a"', 'failed'],
    ['"a"', '"a"', 'unchanged'],
    [undefined, 'W/"a"', 'unchanged'],
    [undefined, '"b"', 'proceed'],
    ['', undefined, 'failed'],
    [undefined, '', 'proceed'],
  ])('of If-Match %s and If-None-Match %s is %s', (ifMatch, ifNoneMatch, result) => {
    const headers = {
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
    };
    expect(evaluatePreconditions(headers, '"a"')).toBe(result);
  });
});
