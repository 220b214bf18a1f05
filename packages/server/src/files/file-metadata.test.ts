import { defaultLimits, type FileMetadata, type FileMetadataPatch } from '@bkend/storage-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeMetadata, requireMetadata } from './file-metadata.ts';

describe('mergeMetadata', () => {
  /** RFC 7396, appendix A, each vector as the value of `custom`. */
  it.each<[object, object, object]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('merges %j with %j into %j', (custom, patch, merged) => {
    expect(mergeMetadata({ custom: { ...custom } }, { custom: { ...patch } })).toEqual({ custom: merged });
  });

  const full: FileMetadata = {
    category: 'profile',
    tags: ['avatar', 'user'],
    description: 'me',
    alt: 'A face',
    relatedEntityId: 'post-1',
    custom: { exif: { lens: '35mm', iso: 100 }, list: [1, 2] },
  };

  it('changes what is named and leaves the rest', () => {
    expect(mergeMetadata(full, { description: 'us' })).toEqual({ ...full, description: 'us' });
  });

  it('removes what is null', () => {
    const { alt, ...rest } = full;
    expect(mergeMetadata(full, { alt: null })).toEqual(rest);
  });

  it('removes everything for a null in place of the whole', () => {
    expect(mergeMetadata(full, null)).toEqual({});
  });

  it('replaces lists as a whole', () => {
    expect(mergeMetadata(full, { tags: ['one'] }).tags).toEqual(['one']);
  });

  it('merges objects field by field', () => {
    expect(mergeMetadata(full, { custom: { exif: { iso: null, f: 2 } } }).custom).toEqual({
      exif: { lens: '35mm', f: 2 },
      list: [1, 2],
    });
  });

  it('changes neither of its arguments, nor any prototype', () => {
    const current: FileMetadata = { custom: { a: { b: 1 } } };
    const patch: FileMetadataPatch = JSON.parse(
      '{"custom":{"a":{"b":2},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
    );
    mergeMetadata(current, patch);
    expect(current).toEqual({ custom: { a: { b: 1 } } });
    expect({}).not.toHaveProperty('polluted');
  });

  it('refuses a patch too deep to be followed', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}null${'}'.repeat(100_000)}`);
    expect(() => mergeMetadata({}, { custom: deep })).toThrow(
      expect.objectContaining({ code: 'common/invalid-parameters' }),
    );
  });

  it('does the same twice as once', () => {
    const json = fc.dictionary(
      fc.string({ maxLength: 3 }).filter((name) => name !== '__proto__'),
      fc.jsonValue({ maxDepth: 3 }).filter((value) => !/\d{16}/.test(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(json, json, (custom, patch) => {
        const once = mergeMetadata({ custom }, { custom: patch });
        expect(mergeMetadata(once, { custom: patch })).toEqual(once);
      }),
    );
  });
});

describe('numbers in metadata', () => {
  it.each(['0', '-1.5', '9007199254740991', '1e21', '1.7976931348623157e308', '0.1', '-0'])(
    'may be %s, which comes back as it is',
    (number) => {
      const custom = JSON.parse(`{"n":${number}}`);
      expect(() => requireMetadata({ custom }, defaultLimits)).not.toThrow();
      expect(JSON.parse(JSON.stringify(custom)).n).toBe(Number(number) + 0);
    },
  );

  it.each(['1e400', '-1e400', '9007199254740992', '12345678901234567890', '-12345678901234567890'])(
    'may not be %s, which would come back as another one',
    (number) => {
      const custom = JSON.parse(`{"deep":[{"n":${number}}]}`);
      const refused = expect.objectContaining({ code: 'common/invalid-parameters' });
      expect(() => requireMetadata({ custom }, defaultLimits)).toThrow(refused);
      expect(() => mergeMetadata({}, { custom })).toThrow(refused);
    },
  );
});

describe('requireMetadata', () => {
  const issuesOf = (metadata: FileMetadata) => {
    try {
      requireMetadata(metadata, defaultLimits);
      return [];
    } catch (error) {
      expect(error).toMatchObject({ code: 'common/invalid-parameters' });
      return (error as { details: { issues: { field: string }[] } }).details.issues.map(({ field }) => field);
    }
  };

  it('takes 50 tags of 64 characters, whatever their script', () => {
    expect(issuesOf({ tags: Array.from({ length: 50 }, () => '가'.repeat(64)) })).toEqual([]);
    expect(issuesOf({ tags: ['😀'.repeat(64)] })).toEqual([]);
  });

  it('refuses a 51st tag, and a 65th character', () => {
    expect(issuesOf({ tags: Array.from({ length: 51 }, (_, index) => `t${index}`) })).toEqual([
      'metadata.tags',
    ]);
    expect(issuesOf({ tags: ['ok', 'x'.repeat(65), ''] })).toEqual(['metadata.tags[1]', 'metadata.tags[2]']);
  });

  it('takes 16 KiB of JSON and refuses a byte more', () => {
    const around = JSON.stringify({ description: '' }).length;
    expect(issuesOf({ description: 'x'.repeat(16 * 1024 - around) })).toEqual([]);
    expect(issuesOf({ description: 'x'.repeat(16 * 1024 - around + 1) })).toEqual(['metadata']);
  });

  it('refuses what PostgreSQL cannot keep as JSON', () => {
    expect(issuesOf({ description: 'a\0b' })).toEqual(['metadata']);
    expect(issuesOf({ custom: { 'a\0': 1 } })).toEqual(['metadata']);
    expect(issuesOf({ alt: 'lone \ud800 surrogate' })).toEqual(['metadata']);
  });

  it('takes a backslash before the letters u0000, which is no NUL', () => {
    expect(issuesOf({ description: 'the escape is \\u0000' })).toEqual([]);
  });

  it('refuses nesting too deep to be written', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    expect(issuesOf({ custom: deep })).toEqual(['metadata']);
  });
});
