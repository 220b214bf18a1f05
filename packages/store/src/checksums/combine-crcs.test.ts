import fc from 'fast-check';
import { expect, it } from 'vitest';
import { combineCrcs } from './combine-crcs.ts';
import { type DigestName, MultiDigest } from './digests.ts';

function crcOf(name: DigestName, bytes: Uint8Array): Buffer {
  const digest = new MultiDigest([name]);
  digest.update(bytes);
  return digest.digest().get(name) ?? Buffer.alloc(0);
}

it.each([
  ['CRC32', 'crc32'],
  ['CRC32C', 'crc32c'],
  ['CRC64NVME', 'crc64nvme'],
] as const)('the %s of pieces is combined to that of the whole', (algorithm, name) => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const crcs = parts.map((part) => ({ crc: crcOf(name, part), sizeBytes: part.length }));
      expect(combineCrcs(algorithm, crcs)).toEqual(crcOf(name, Buffer.concat(parts)));
    }),
  );
});

it('combines pieces larger than any number of 32 bits', () => {
  // Two pieces of 5 GiB of zeros are what one of 10 GiB is, put together another way.
  const fiveGiB = 5 * 1024 ** 3;
  const zero = { crc: crcOf('crc32', Buffer.alloc(0)), sizeBytes: 0 };
  const start = { crc: crcOf('crc32', Buffer.from('start')), sizeBytes: 5 };
  const padding = { crc: Buffer.alloc(4), sizeBytes: fiveGiB };
  const twice = combineCrcs('CRC32', [start, padding, padding, zero]);
  expect(twice).toEqual(combineCrcs('CRC32', [start, { ...padding, sizeBytes: 2 * fiveGiB }]));
  expect(twice).not.toEqual(combineCrcs('CRC32', [start, padding]));
});

it('has no way with hashes', () => {
  expect(() => combineCrcs('SHA256', [])).toThrow(RangeError);
});
