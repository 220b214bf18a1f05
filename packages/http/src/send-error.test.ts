import { type ErrorCode, errorCodes, StorageError } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { retryHeaders } from './send-error.ts';

describe('retryHeaders', () => {
  it.each(Object.keys(errorCodes))(
    'gives the rate limit for %s only if that is the rate limit’s code',
    (code) => {
      // A key of that very record.
      const error = new StorageError(code as ErrorCode, 'No.', {
        details: { limit: 5, retryAfterSeconds: 7 },
      });
      expect(retryHeaders(error)).toEqual({
        'Retry-After': '7',
        ...(code === 'common/too-many-requests' && {
          'X-RateLimit-Limit': '5',
          'X-RateLimit-Remaining': '0',
        }),
      });
    },
  );

  it.each(Object.keys(errorCodes))('asks clients to wait 5 s for %s only if it is a 503', (code) => {
    // A key of that very record.
    const error = new StorageError(code as ErrorCode, 'No.');
    const isUnavailable = errorCodes[code as ErrorCode].status === 503;
    expect(retryHeaders(error)).toEqual(isUnavailable ? { 'Retry-After': '5' } : {});
  });

  it('gives nothing for an error without numbers in its details', () => {
    const details = { limit: '5', retryAfterSeconds: 'soon' };
    expect(retryHeaders(new StorageError('common/too-many-requests', 'No.', { details }))).toEqual({});
  });
});
