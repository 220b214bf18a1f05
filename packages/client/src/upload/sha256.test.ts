import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSha256 } from './sha256.ts';

const expected = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

// FIPS 180-4 examples, as NIST publishes them.
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('the SHA-256 of %o is the published one', (text, digest) => {
  const hash = createSha256();
  hash.update(new TextEncoder().encode(text));
  expect(hash.digest()).toBe(digest);
});

test('bytes in pieces of any size have the digest that Node computes of the whole', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const hash = createSha256();
      for (const part of parts) hash.update(part);
      expect(hash.digest()).toBe(expected(Buffer.concat(parts)));
    }),
  );
});

test('every length up to two blocks is padded correctly', () => {
  for (let length = 0; length <= 130; length++) {
    const bytes = new Uint8Array(length).fill(length);
    const hash = createSha256();
    // A view into a larger buffer, at an odd offset.
    hash.update(new Uint8Array([7, 7, 7, ...bytes]).subarray(3));
    expect(hash.digest()).toBe(expected(bytes));
  }
});
