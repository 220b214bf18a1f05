import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../test-support/src/process/processor-ms.ts';
import { S3Error } from '../errors/s3-error.ts';
import { childrenOf, readXml, textOf } from './read-xml.ts';
import { renderXml } from './xml.ts';

const read = (xml: string) => readXml(Buffer.from(xml));

describe('readXml', () => {
  it('reads what S3 clients send', () => {
    const root = read(
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- hello --><s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<s3:Object><Key>a &amp; b&#x20;&lt;</Key></s3:Object><Object><Key><![CDATA[<c>]]></Key></Object><Quiet/></s3:Delete>',
    );
    expect(root.name).toBe('Delete');
    expect(childrenOf(root, 'Object').map((object) => textOf(object, 'Key'))).toEqual(['a & b <', '<c>']);
    expect(textOf(root, 'Quiet')).toBe('');
  });

  it.each([
    ['nothing', ''],
    ['text alone', 'text'],
    ['an element that is not closed', '<a><b></b>'],
    ['elements closed in the wrong order', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['text behind the root', '<a/>text'],
    ['a document type', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an entity of its own', '<a>&secret;</a>'],
    ['an entity named like a property of every object', '<a>&constructor;</a>'],
    ['half a tag', '<a'],
    ['half a surrogate pair', '<a>&#xD800;</a>'],
    ['a hundred levels', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`],
  ])('refuses %s', (_, xml) => {
    expect(() => read(xml)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => readXml(Buffer.from([0x3c, 0x61, 0xff, 0x3e]))).toThrow(S3Error);
  });

  it('gives an S3Error, if anything, for random bytes', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '<a>',
      '</a>',
      '&',
      '&#',
      ';',
      '<!--',
      '-->',
      '<![CDATA[',
      '"',
      '=',
      '?',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((list) => list.join('')),
        ),
        (xml) => {
          try {
            read(xml);
          } catch (error) {
            expect(error).toBeInstanceOf(S3Error);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads back what renderXml has written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(textOf(read(renderXml(['Root', [['Key', text]]])), 'Key')).toBe(text);
      }),
    );
  });

  it('takes the ten thousand parts of a large upload in its stride', () => {
    const part =
      '<Part><PartNumber>1</PartNumber><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag></Part>';
    const parse = () => read(`<CompleteMultipartUpload>${part.repeat(10_000)}</CompleteMultipartUpload>`);
    expect(processorMs(() => expect(childrenOf(parse(), 'Part')).toHaveLength(10_000))).toBeLessThan(1000);
  });

  it('does not take quadratic time over unclosed markup', () => {
    const readAll = () => {
      for (const opening of ['<a ', '<!--', '<?', '<![CDATA[', '<a b="', '<a b="c" ']) {
        expect(() => read(`<r>${opening.repeat(50_000)}`)).toThrow(S3Error);
      }
    };
    expect(processorMs(readAll)).toBeLessThan(2000);
  });
});
