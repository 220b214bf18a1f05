import { describe, expect, it } from 'vitest';
import { renderXml } from '../http/xml.ts';
import { parseTagging, readTagging, taggingNode } from './tags.ts';

const document = (tags: [string, string][]) => Buffer.from(renderXml(taggingNode(tags)));

describe('tags', () => {
  it('are read as they are written', () => {
    const tags: [string, string][] = [
      ['b', '2'],
      ['a', ''],
      ['한글 +-=._:/@', 'é 1'],
    ];
    expect(readTagging(document(tags), 10)).toEqual(tags);
  });

  it.each([
    ['', []],
    ['a=b', [['a', 'b']]],
    ['a', [['a', '']]],
    ['a=b=c&', [['a', 'b=c']]],
    ['a+b=c%2Bd%20e', [['a b', 'c+d e']]],
  ])('in a header, as in %j', (header, tags) => {
    expect(parseTagging(header)).toEqual(tags);
  });

  it.each(['a=1&a=2', 'a=%', '%ff=1'])('are refused in a header like %j', (header) => {
    expect(() => parseTagging(header)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });

  it('count characters, not bytes', () => {
    expect(readTagging(document([['한'.repeat(128), '글'.repeat(256)]]), 1)).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['', ''],
    ['k'.repeat(129), ''],
    ['k', 'v'.repeat(257)],
    ['a*', ''],
    ['a', '\u0001'],
    ['aws:x', ''],
  ])('are refused as %j = %j', (key, value) => {
    expect(() => readTagging(document([[key, value]]), 10)).toThrow(
      expect.objectContaining({ code: 'InvalidTag' }),
    );
  });
});
