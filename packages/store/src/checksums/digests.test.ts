import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeReflectedTables, updateReflected } from './crc32.ts';
import { digestNames, MultiDigest } from './digests.ts';

function digestHex(name: (typeof digestNames)[number], bytes: Uint8Array): string | undefined {
  const digest = new MultiDigest([name]);
  digest.update(bytes);
  return digest.digest().get(name)?.toString('hex');
}

describe('digests', () => {
  // The check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/all.htm): of "123456789".
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['md5', '25f9e794323b453885f5181f1b624d0b'],
  ] as const)('%s has the published value', (name, expected) => {
    expect(digestHex(name, Buffer.from('123456789'))).toBe(expected);
  });

  it('gives the same for any splitting of the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (pieces) => {
        const whole = new MultiDigest(digestNames);
        whole.update(Buffer.concat(pieces));
        const split = new MultiDigest(digestNames);
        for (const piece of pieces) split.update(piece);
        expect(split.digest()).toEqual(whole.digest());
      }),
    );
  });

  it('has a table-driven CRC-32 that equals the native one', () => {
    const bytes = randomBytes(1021);
    const tables = makeReflectedTables(0xedb88320);
    const value = updateReflected(
      tables,
      updateReflected(tables, 0, bytes.subarray(0, 13)),
      bytes.subarray(13),
    );
    expect(value.toString(16).padStart(8, '0')).toBe(digestHex('crc32', bytes));
  });

  it('computes the same SHA-256 as node:crypto', () => {
    const bytes = randomBytes(1000);
    expect(digestHex('sha256', bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
