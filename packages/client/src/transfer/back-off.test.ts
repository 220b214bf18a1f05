import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../storage-error.ts';
import { backOffSeconds, defaultRetryPolicy } from './back-off.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('backOffSeconds', () => {
  it.each([
    [1, undefined, 0.5],
    [2, undefined, 1],
    [6, undefined, 16],
    [7, undefined, 30],
    [2000, undefined, 30],
    [1, 5, 5.5],
    [1, 300, 300.5],
    [1, 86_400, 300.5],
    [1, Number.POSITIVE_INFINITY, 300.5],
  ])('after %i failures and Retry-After %s is at most %d seconds', (failures, retryAfter, most) => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    expect(backOffSeconds(defaultRetryPolicy, failures, retryAfter)).toBe(most);
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(backOffSeconds(defaultRetryPolicy, failures, retryAfter)).toBe(Math.min(retryAfter ?? 0, 300));
  });
});

describe('parseRetryAfter', () => {
  it.each([
    ['5', 5],
    ['0', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
    ['Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ])('reads %s as %s seconds', (header, seconds) => {
    expect(parseRetryAfter(header)).toBe(seconds);
  });

  it('reads a date', () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-03-01T12:00:00Z'));
    expect(parseRetryAfter('Sun, 01 Mar 2026 12:01:30 GMT')).toBe(90);
  });
});
