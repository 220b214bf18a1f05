import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notice, withoutUnseen, wrap } from './untrusted-data.ts';

describe('text of users', () => {
  it('keeps what people see, in any script', () => {
    for (const text of ['회의록 100%.pdf', 'é e\u0301', 'a\nb\tc', '👩‍💻', 'می‌خواهم', '<b>"\\']) {
      expect(withoutUnseen(text)).toBe(text);
    }
  });

  it.each([
    ['a control character', '\u0007', '\\u{7}'],
    ['an escape sequence', '\u001b[31m', '\\u{1b}[31m'],
    ['a C1 control', '\u009b', '\\u{9b}'],
    ['a carriage return', '\r', '\\u{d}'],
    ['a direction override', '\u202e', '\\u{202e}'],
    ['an isolate', '\u2066', '\\u{2066}'],
    ['a zero-width space', '\u200b', '\\u{200b}'],
    ['a byte order mark', '\ufeff', '\\u{feff}'],
    ['a line separator', '\u2028', '\\u{2028}'],
    ['a tag character', '\u{e0049}', '\\u{e0049}'],
    ['a variation selector beyond the first 16', '\u{e0101}', '\\u{e0101}'],
    ['a private character', '\ue000', '\\u{e000}'],
    ['half a pair', '\ud800', '\\u{d800}'],
  ])('shows %s as its number', (_, text, shown) => {
    expect(withoutUnseen(`a${text}b`)).toBe(`a${shown}b`);
  });

  it('has no unseen character left, in any text, wherever it stands', () => {
    const unseen = /(?![\n\t\u200c\u200d])[\p{C}\u2028\u2029]/u;
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (json) => {
        const texts: string[] = [];
        JSON.stringify(wrap({ metadata: json, items: [json] }), (name, each) => {
          texts.push(name, ...(typeof each === 'string' ? [each] : []));
          return each;
        });
        expect(texts.filter((text) => unseen.test(text))).toEqual([]);
      }),
    );
  });
});

describe('an answer', () => {
  const file = (description: string) => ({ id: 'x', metadata: { description } });

  it('says that it is data, and nothing of cuts where there is none', () => {
    expect(wrap({ a: 1 })).toEqual({ notice, result: { a: 1 } });
  });

  it('says how much of a long text is left out', () => {
    const { result, cut } = wrap(file('x'.repeat(5_000)));
    expect(result).toEqual(file(`${'x'.repeat(2_000)} [cut: 3000 more characters]`));
    expect(cut).toHaveLength(1);
  });

  it('has URLs and cursors whole, however long', () => {
    const url = `https://x/?${'a'.repeat(9_000)}`;
    expect(wrap({ url, pagination: { nextCursor: url } }).result).toEqual({
      url,
      pagination: { nextCursor: url },
    });
  });

  it('has the first files of a page that is too long, and no cursor that passes over the others', () => {
    const items = Array.from({ length: 100 }, () => file('x'.repeat(1_500)));
    const { result, cut } = wrap({ items, pagination: { total: 500, nextCursor: 'c' } });
    const { items: kept, pagination } = result as { items: object[]; pagination: object };
    expect(pagination).toEqual({ total: 500 });
    expect(kept.length).toBeGreaterThan(20);
    expect(JSON.stringify(result).length).toBeLessThan(48_000);
    expect(cut?.[0]).toContain(`ask again with limit ${kept.length}`);
  });

  it('has at least one file, whatever users have written: a page with limit 1 shows it', () => {
    const nasty = fc.constantFrom('\u200b', '\u202e', '\u{e0041}', '"', '\\', '\u0001', 'é', 'x');
    const text = (bytes: number) => nasty.map((filler) => filler.repeat(bytes / Buffer.byteLength(filler)));
    const texts = fc.record({
      ...{ originalName: text(255), folder: text(512), ownerId: text(765), description: text(5_000) },
      ...{ alt: text(5_000), tag: text(255), user: text(765), custom: text(6_000) },
    });
    fc.assert(
      fc.property(texts, ({ originalName, folder, ownerId, user, ...metadata }) => {
        const { description, alt, tag, custom } = metadata;
        const item = {
          ...{ id: 'x', originalName, folder, ownerId, sharedWith: Array(1_000).fill(user) },
          metadata: { description, alt, tags: Array(50).fill(tag), custom: { [tag]: [custom] } },
        };
        const { result } = wrap({ items: [item], pagination: { total: 1 } });
        expect((result as { items: object[] }).items).toHaveLength(1);
        expect(JSON.stringify(result).length).toBeLessThan(48_000);
      }),
      { numRuns: 30 },
    );
  });

  it('names at most 50 users of a file’s shares', () => {
    const { result, cut } = wrap({
      sharedWith: Array.from({ length: 1_000 }, (_, index) => `user-${index}`),
    });
    expect((result as { sharedWith: string[] }).sharedWith).toHaveLength(50);
    expect(cut?.[0]).toContain('of 1000 users');
  });
});
