import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameOf, nameOfObject, objectKey } from './keys.ts';

it('the name of an object is that of its index key, whatever characters its key has', () => {
  const key = fc.string({ unit: fc.constantFrom('a', '/', '\0', '\x7f', '\x80', 'é', '한', '😀', '\ud83d') });
  fc.assert(
    fc.property(key, (each) => {
      expect(nameOfObject('bucket', each)).toBe(nameOf(objectKey('bucket', each)));
    }),
  );
});
