import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDisposition } from './content-disposition.ts';

/** RFC 6266 section 4.1, as strictly as we write it: both forms of the name, each whole. */
const grammar =
  /^(?:attachment|inline); filename="([ !#$&-[\]-~]*)"; filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*)$/;

const read = (header: string) => {
  const [, ascii = '', extended = ''] = grammar.exec(header) ?? expect.fail(`not a valid header: ${header}`);
  return { ascii, name: decodeURIComponent(extended) };
};

describe('contentDisposition', () => {
  it('writes a plain name twice', () => {
    expect(contentDisposition('inline', 'photo.jpg')).toBe(
      `inline; filename="photo.jpg"; filename*=UTF-8''photo.jpg`,
    );
  });

  it('writes one underscore for a character that ASCII lacks', () => {
    expect(read(contentDisposition('attachment', '보고서 2026.pdf'))).toEqual({
      ascii: '___ 2026.pdf',
      name: '보고서 2026.pdf',
    });
  });

  it('composes a decomposed name for the ASCII form alone', () => {
    const name = '보고서.pdf'.normalize('NFD');
    expect(read(contentDisposition('attachment', name))).toEqual({ ascii: '___.pdf', name });
  });

  it.each([
    'two "quotes".txt',
    'back\\slash.txt',
    'a; filename=evil.exe',
    'percent %41 %00.txt',
    "it's (a) *star*.txt",
    'line\r\nSet-Cookie: a=1',
    'no\u00a0break.txt',
    'exe.\u202egpj',
    '😀 grin.png',
    'tab\there',
    '',
  ])('stays one valid header for %j, and carries the name whole', (name) => {
    const { ascii, name: carried } = read(contentDisposition('attachment', name));
    expect(carried).toBe(name);
    expect(ascii).not.toMatch(/["\\%\r\n]/);
  });

  it('carries any name there can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(read(contentDisposition('attachment', name)).name).toBe(name);
      }),
    );
  });
});
