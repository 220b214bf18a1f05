import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeUriComponentS3,
  encodePathS3,
  encodeUriComponentS3,
  recodePath,
  recodeQueryPart,
} from './encode.ts';

const unreserved = 'ABCXYZabcxyz0189-._~';
const anyText = fc.string({ unit: 'binary' });

describe('encoding', () => {
  test('keeps what RFC 3986 calls unreserved', () => {
    expect(encodeUriComponentS3(unreserved)).toBe(unreserved);
  });

  test('encodes all else, in capitals', () => {
    expect(encodeUriComponentS3(" !'()*+/:?=&%\n한")).toBe(
      '%20%21%27%28%29%2A%2B%2F%3A%3F%3D%26%25%0A%ED%95%9C',
    );
  });

  test('keeps the slashes and dots of a path', () => {
    expect(encodePathS3('/a b/../c//(d)/.')).toBe('/a%20b/../c//%28d%29/.');
  });

  test('is undone by decoding', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(decodeUriComponentS3(encodeUriComponentS3(text))).toBe(text);
      }),
    );
  });
});

describe('bringing what came into canonical spelling', () => {
  test('changes nothing that was encoded here', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(recodePath(encodePathS3(text))).toBe(encodePathS3(text));
        expect(recodeQueryPart(encodeUriComponentS3(text))).toBe(encodeUriComponentS3(text));
      }),
    );
  });

  test('is done once: a second time changes nothing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('%41', '%2f', '%25', '%ff', 'a', '/', '+', '(', '\xed') }),
        (raw) => {
          expect(recodePath(recodePath(raw))).toBe(recodePath(raw));
          expect(recodeQueryPart(recodeQueryPart(raw))).toBe(recodeQueryPart(raw));
        },
      ),
    );
  });

  test.each([
    ['/%41%2d%7E', '/A-~'],
    ['/%ed%95%9c', '/%ED%95%9C'],
    ['/\xed\x95\x9c (1)', '/%ED%95%9C%20%281%29'],
    ['/a%2Fb', '/a/b'],
    ['/a+b', '/a%2Bb'],
    ['/a/../%2e%2E//b', '/a/../..//b'],
    ['/%252e', '/%252e'],
    ['/%ff', '/%FF'],
  ])('the path %s is %s', (raw, canonical) => {
    expect(recodePath(raw)).toBe(canonical);
  });

  test.each([
    ['a+b', 'a%20b'],
    ['a%2Bb', 'a%2Bb'],
    ['a/b', 'a%2Fb'],
    ['%61', 'a'],
    ['a:b@c', 'a%3Ab%40c'],
  ])('the query part %s is %s', (raw, canonical) => {
    expect(recodeQueryPart(raw)).toBe(canonical);
  });

  test.each(['/%', '/%4', '/%zz', '/a%', '/%%41', '/% 41'])('%s is no path', (raw) => {
    const invalidUri = expect.objectContaining({ code: 'InvalidURI', status: 400 });
    expect(() => recodePath(raw)).toThrow(invalidUri);
    expect(() => recodeQueryPart(raw)).toThrow(invalidUri);
  });
});

test('decoding refuses bytes that are not UTF-8', () => {
  expect(() => decodeUriComponentS3('%FF')).toThrow(expect.objectContaining({ code: 'InvalidURI' }));
});
