import { describe, expect, it } from 'vitest';
import { requireMatch } from './if-match.ts';

const file = { etag: 'a-1', version: 3 };

describe('If-Match', () => {
  it.each([undefined, '*', ' * ', '"a-1"', '"b", "a-1"', 'W/"a-1", "a-1"'])('lets %j pass', (header) => {
    expect(() => requireMatch(file, header)).not.toThrow();
  });

  it.each(['"b"', 'a-1', 'W/"a-1"', '"A-1"', '""', ''])('refuses %j, with what the file has', (header) => {
    const conflict = { code: 'file/version-conflict', details: { etag: 'a-1', version: 3 } };
    expect(() => requireMatch(file, header)).toThrow(expect.objectContaining(conflict));
  });
});
