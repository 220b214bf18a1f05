import { describe, expect, it } from 'vitest';
import { requireFileSize } from './file-size.ts';

describe('requireFileSize', () => {
  it.each([
    [-1, 'file/size-negative'],
    [0, 'file/file-too-small'],
    [101, 'file/file-too-large'],
  ])('refuses %d of at most 100 bytes as %s', (sizeBytes, code) => {
    expect(() => requireFileSize(sizeBytes, { minBytes: 1, maxBytes: 100 })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each([1, 100])('takes %d of at most 100 bytes', (sizeBytes) => {
    expect(() => requireFileSize(sizeBytes, { minBytes: 1, maxBytes: 100 })).not.toThrow();
  });
});
