import { defaultLimits, maxPartNumber } from '@bkend/storage-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planParts } from './init-multipart.ts';

describe('planParts', () => {
  it('cuts every file S3 can hold into parts S3 takes, that cover it exactly', () => {
    const { maxMultipartBytes, minPartBytes, maxPartBytes } = defaultLimits;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: maxMultipartBytes }), (sizeBytes) => {
        const { partSizeBytes, partCount } = planParts(sizeBytes, defaultLimits);
        expect(partCount).toBeLessThanOrEqual(maxPartNumber);
        expect(partSizeBytes).toBeGreaterThanOrEqual(minPartBytes);
        expect(partSizeBytes).toBeLessThanOrEqual(maxPartBytes);
        expect(partSizeBytes * partCount).toBeGreaterThanOrEqual(sizeBytes);
        expect(partSizeBytes * (partCount - 1)).toBeLessThan(sizeBytes);
      }),
    );
  });

  it('keeps to 16 MiB a part while that stays far from 10,000 parts', () => {
    expect(planParts(200 * 1024 ** 2, defaultLimits)).toEqual({
      partSizeBytes: 16 * 1024 ** 2,
      partCount: 13,
    });
  });

  it('stays within the limits that the operator has set', () => {
    const large = { minPartBytes: 64 * 1024 ** 2, maxPartBytes: 128 * 1024 ** 2 };
    expect(planParts(200 * 1024 ** 2, large)).toEqual({ partSizeBytes: 64 * 1024 ** 2, partCount: 4 });
    const small = { minPartBytes: 5 * 1024 ** 2, maxPartBytes: 6 * 1024 ** 2 };
    expect(planParts(30 * 1024 ** 2, small)).toEqual({ partSizeBytes: 6 * 1024 ** 2, partCount: 5 });
  });

  it('stays below 10,000 parts for the largest file of all', () => {
    expect(planParts(5 * 1024 ** 4, defaultLimits).partCount).toBeLessThanOrEqual(9_500);
  });
});
