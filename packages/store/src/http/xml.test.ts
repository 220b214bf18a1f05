import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readXml } from './read-xml.ts';
import { renderXml } from './xml.ts';

it('any text is read as it was written', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (first, second) => {
      const document = renderXml(['Root', [['A', first], undefined, ['B', [['C', second]]]]], 'urn:x');
      const root = readXml(Buffer.from(document));
      expect(root.children.map(({ name }) => name)).toEqual(['A', 'B']);
      expect(root.children[0]?.text).toBe(first);
      expect(root.children[1]?.children[0]?.text).toBe(second);
    }),
    { numRuns: 1000 },
  );
});

it('numbers and truth values are written as words', () => {
  expect(
    renderXml([
      'A',
      [
        ['B', 1],
        ['C', true],
      ],
    ]),
  ).toMatch(/<A><B>1<\/B><C>true<\/C><\/A>$/);
});
