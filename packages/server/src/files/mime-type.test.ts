import { categories } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../test-support/src/process/processor-ms.ts';
import {
  defaultCategoryOf,
  essenceOf,
  isInlineType,
  normaliseMimeType,
  requireMimeType,
  requireTypeOfCategory,
} from './mime-type.ts';

describe('requireMimeType', () => {
  it.each([
    'image/jpeg',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'text/plain;charset=utf-8',
    'text/plain; charset="utf-8"',
    'multipart/form-data; boundary="a b;c"',
    'IMAGE/PNG',
    'x-custom/any+thing',
  ])('takes %s', (mimeType) => {
    expect(() => requireMimeType(mimeType, 127)).not.toThrow();
  });

  it.each([
    '',
    'image',
    'image/',
    '/png',
    'image/*',
    '*/*',
    'image/png/gif',
    ' image/png',
    'image/png\r\nX-Evil: 1',
    'image/png;',
    'image/png; charset',
    'text/plain; charset="utf-8',
    'text/plain; charset="\\""',
    '이미지/png',
    'image/png\0',
  ])('refuses %j', (mimeType) => {
    expect(() => requireMimeType(mimeType, 127)).toThrow(
      expect.objectContaining({ code: 'file/invalid-format' }),
    );
  });

  it('takes 127 bytes and refuses 128', () => {
    const ofLength = (length: number) => `application/${'x'.repeat(length - 'application/'.length)}`;
    expect(() => requireMimeType(ofLength(127), 127)).not.toThrow();
    expect(() => requireMimeType(ofLength(128), 127)).toThrow(
      expect.objectContaining({ code: 'file/mime-type-too-long' }),
    );
  });

  it.each([
    ['parameters that never end well', (n: number) => `a/b${';a=b'.repeat(n)};`],
    ['blanks before a semicolon', (n: number) => `a/b${' '.repeat(n)}x`],
    ['quotes that never close', (n: number) => `a/b${';a="'.repeat(2 * n + 1)}`],
    ['one long token', (n: number) => `a/${'b'.repeat(n)} `],
  ])('reads hostile input in linear time: %s', (_, hostile) => {
    const parse = () => requireMimeType(hostile(500_000), Number.MAX_SAFE_INTEGER);
    // A quadratic expression needs minutes for this, an exponential one for ever.
    expect(processorMs(() => expect(parse).toThrow())).toBeLessThan(1_000);
  });
});

describe('requireTypeOfCategory', () => {
  const types = ['image/png', 'audio/mpeg', 'video/mp4', 'application/pdf', 'text/html'];
  const taken: Record<string, readonly string[]> = {
    images: ['image/png'],
    media: ['audio/mpeg', 'video/mp4'],
  };

  it.each(categories.flatMap((category) => types.map((type) => [category, type] as const)))(
    'knows whether %s takes %s',
    (category, type) => {
      const check = () => requireTypeOfCategory(type, category);
      if ((taken[category] ?? types).includes(type)) expect(check).not.toThrow();
      else expect(check).toThrow(expect.objectContaining({ code: 'file/invalid-format' }));
    },
  );

  it('does not mind case or parameters', () => {
    expect(() => requireTypeOfCategory('IMAGE/PNG; q=1', 'images')).not.toThrow();
  });
});

describe('defaultCategoryOf', () => {
  it.each([
    ['image/svg+xml', 'images'],
    ['Audio/OGG', 'media'],
    ['video/mp4', 'media'],
    ['application/pdf', 'documents'],
    ['imagery/none', 'documents'],
  ])('puts %s into %s', (mimeType, category) => {
    expect(defaultCategoryOf(mimeType)).toBe(category);
  });

  it('only ever chooses a category that takes the type', () => {
    for (const type of ['image/x', 'audio/x', 'video/x', 'text/x', 'application/x']) {
      expect(() => requireTypeOfCategory(type, defaultCategoryOf(type))).not.toThrow();
    }
  });
});

describe('essenceOf and normaliseMimeType', () => {
  it('drop parameters and case where case does not matter', () => {
    expect(essenceOf('Text/HTML ; Charset=UTF-8')).toBe('text/html');
    expect(normaliseMimeType('Text/HTML;Charset=UTF-8')).toBe('text/html;Charset=UTF-8');
  });
});

describe('isInlineType', () => {
  it.each([
    'image/png',
    'image/avif',
    'IMAGE/JPEG',
    'image/heic',
    'image/x-icon',
    'audio/mpeg',
    'audio/x-m4a',
    'video/mp4',
    'video/quicktime',
    'application/pdf',
    'text/plain; charset=utf-8',
  ])('lets a browser show %s', (mimeType) => {
    expect(isInlineType(mimeType)).toBe(true);
  });

  it.each([
    'image/svg+xml',
    'IMAGE/SVG+XML',
    'image/svg+xml; charset=utf-8',
    'image/svg',
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'application/xml',
    'text/plainish',
    'text/javascript',
    'application/pdf+x',
    'application/octet-stream',
    'image/x+xml',
    'audio/x+xml',
    'video/html+xml',
    'image/svg-xml',
    'image/html',
    'audio/',
    'image/unknown',
    'text/plain, text/html',
    'text/plain text/html',
  ])('never lets a browser show %s', (mimeType) => {
    expect(isInlineType(mimeType)).toBe(false);
  });
});
