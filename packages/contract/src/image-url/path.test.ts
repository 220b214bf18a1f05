import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../test-support/src/process/processor-ms.ts';
import { imageFilter } from './filter-list.ts';
import type { ImageUrl } from './image-url.ts';
import { buildImagePath, parseImagePath } from './path.ts';

const key = 'app/prod/images/2026/01/0198c5a0-1111-7aaa-8bbb-000000000001.jpg';

const nothing = { kind: 'image', meta: false, stretch: false, smart: false, filters: [] } as const;

describe('reading an image URL', () => {
  it('takes a path without options for a key', () => {
    expect(parseImagePath(`/${key}`)).toEqual({ ...nothing, key });
  });

  it('reads every option in its order', () => {
    const path =
      '/unsafe/meta/trim:bottom-right:10/10x11:12x13/adaptive-full-fit-in/stretch/-300x-200/1x2:3x4/left/top/smart/' +
      `filters:quality(80):blur(3,1)/${key}`;
    expect(parseImagePath(path)).toEqual({
      kind: 'image',
      access: { kind: 'unsafe' },
      meta: true,
      trim: { from: 'bottom-right', tolerance: 10 },
      crop: { left: 10, top: 11, right: 12, bottom: 13 },
      fitIn: { adaptive: true, full: true },
      stretch: true,
      size: { width: 300, height: 200, flipX: true, flipY: true },
      padding: { left: 1, top: 2, right: 3, bottom: 4 },
      halign: 'left',
      valign: 'top',
      smart: true,
      filters: [
        { name: 'quality', args: '80' },
        { name: 'blur', args: '3,1' },
      ],
      key,
    });
  });

  it.each([
    ['300x', { width: 300, height: 0 }],
    ['x200', { width: 0, height: 200 }],
    ['x', { width: 0, height: 0 }],
    ['origx100', { width: 'orig', height: 100 }],
    ['300xorig', { width: 300, height: 'orig' }],
  ])('reads the size %s', (size, sides) => {
    expect(parseImagePath(`/${size}/${key}`)).toEqual({
      ...nothing,
      size: { ...sides, flipX: false, flipY: false },
      key,
    });
  });

  it('reads -0x-0 as flips without a size', () => {
    const size = { width: 0, height: 0, flipX: true, flipY: true };
    expect(parseImagePath(`/fit-in/-0x-0/${key}`)).toMatchObject({ size });
  });

  it('reads a second size as padding', () => {
    expect(parseImagePath('/300x200/100x101/k')).toMatchObject({
      size: { width: 300, height: 200 },
      padding: { left: 100, top: 101, right: 100, bottom: 101 },
      key: 'k',
    });
  });

  it('reads padding that stands without a size as around a free one', () => {
    expect(parseImagePath('/fit-in/1x1:2x2/k')).toMatchObject({
      size: { width: 0, height: 0 },
      padding: { left: 1, top: 1, right: 2, bottom: 2 },
    });
  });

  it('reads a crop in fractions', () => {
    const crop = { left: 0.1, top: 0.25, right: 0.9, bottom: 1 };
    expect(parseImagePath('/0.1x.25:0.9x1.0/k')).toMatchObject({ crop, key: 'k' });
  });

  it('leaves a plus in a key a plus', () => {
    expect(parseImagePath('/fit-in/10x10/a+b%2Bc.jpg')).toMatchObject({ key: 'a+b+c.jpg' });
  });

  it('decodes a key once', () => {
    expect(parseImagePath('/10x10/a%252Fb')).toMatchObject({ key: 'a%2Fb' });
  });

  it.each(['smart%2Fa.jpg', 'left%2Fa.jpg', '300x200%2Fa.jpg', 'unsafe%2Fa.jpg'])(
    'takes %s for a key, not for an option',
    (encoded) => {
      expect(parseImagePath(`/${encoded}`)).toEqual({ ...nothing, key: decodeURIComponent(encoded) });
    },
  );

  it('takes only the exact length and form of a signature for one', () => {
    const signature = '8ammJH8D-7tXy6kU3lTvoXlhu4o=';
    expect(parseImagePath(`/${signature}/300x200/k`)).toMatchObject({
      access: { kind: 'hmac', signature },
      key: 'k',
    });
    const uuid = '0198c5a0-1111-7aaa-8bbb-000000000001';
    expect(parseImagePath(`/${uuid}/a.jpg`)).toEqual({ ...nothing, key: `${uuid}/a.jpg` });
    expect(parseImagePath('/8ammJH8D-7tXy6kU3lTvoXlhu4o/a.jpg')).toMatchObject({
      key: '8ammJH8D-7tXy6kU3lTvoXlhu4o/a.jpg',
    });
  });

  it('reads a path among the arguments of a filter', () => {
    const filters = [
      { name: 'watermark', args: 'a/b.jpg,0,0,0' },
      { name: 'label', args: 'a(b):c/d,1,2' },
      { name: 'no_such_filter', args: '' },
    ];
    const path = '/filters:watermark(a/b.jpg,0,0,0):label(a(b):c/d,1,2):no_such_filter()/k';
    expect(parseImagePath(path)).toMatchObject({ filters, key: 'k' });
  });

  it('reads filters whose punctuation a client has percent-encoded', () => {
    const path = `/fit-in/10x10/filters%3Aquality%2880%29%3Afocal%280.1%2C0.2%29/a%3Ab`;
    const filters = [
      { name: 'quality', args: '80' },
      { name: 'focal', args: '0.1,0.2' },
    ];
    expect(parseImagePath(path)).toMatchObject({ filters, key: 'a:b' });
  });

  it('reads a key in base64url', () => {
    const encoded = Buffer.from('한글/사진 1.jpg').toString('base64url');
    expect(parseImagePath(`/10x10/b64:${encoded}`)).toMatchObject({ key: '한글/사진 1.jpg' });
  });

  it.each([
    ['/300x200/fit-in/k', 'fit-in'],
    ['/smart/300x200/k', '300x200'],
    ['/fit-in/300xabc/k', '300xabc'],
    ['/fit-in/300/k', '300'],
    ['/trim:x/k', 'trim:x'],
    ['/preset:a b/k', 'preset:a b'],
    ['/filters:quality(80/k', 'filters'],
    ['/filters:quality/k', 'filters'],
    ['/300x200/', 'key'],
    ['/', 'key'],
    ['/10x10/%E0%A4%A', 'key'],
  ])('says which part of %s is at fault', (path, option) => {
    expect(parseImagePath(path)).toMatchObject({ kind: 'fault', option });
  });

  it('takes time in proportion to the length of hostile paths', () => {
    const hostile = [
      `/filters:${'a('.repeat(50_000)}`,
      `/filters:${'a():'.repeat(50_000)}/k`,
      `/filters%3A${'a%28%29%3A'.repeat(20_000)}/k`,
      `/${'0'.repeat(200_000)}x${'0'.repeat(200_000)}/k`,
      `/${'/'.repeat(300_000)}`,
      `/trim:${'1'.repeat(300_000)}/k`,
    ];
    const parseAll = () => {
      for (const path of hostile) parseImagePath(path);
    };
    expect(processorMs(parseAll)).toBeLessThan(1_000);
  });
});

describe('building an image URL', () => {
  const pixels = fc.nat({ max: 99_999 });
  const side = fc.oneof(pixels, fc.constant('orig' as const));
  const box = (value: fc.Arbitrary<number>) =>
    fc.record({ left: value, top: value, right: value, bottom: value });
  const fraction = fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1_000_000);
  const anyKey = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc
      .tuple(
        fc.constantFrom(
          'smart',
          'left',
          '300x200',
          '1x2:3x4',
          'fit-in',
          'trim:10',
          'filters:quality(1)',
          'b64:aGk',
          'meta',
          '8ammJH8D-7tXy6kU3lTvoXlhu4o=',
          `~a.${'b'.repeat(43)}`,
          'unsafe',
          '',
          '300',
          'preset:a',
        ),
        fc.string({ minLength: 1 }),
      )
      .map((parts) => parts.join('/')),
    fc.constant(key),
  );
  const argument = fc.oneof(fc.string({ unit: 'binary' }), pixels, fc.constant('a/b (c):d,e'));
  const filter = fc
    .tuple(
      fc.constantFrom('quality', 'blur', 'watermark', 'nothing_we_know'),
      fc.array(argument, { maxLength: 4 }),
    )
    .map(([name, args]) => imageFilter(name, ...args));
  const access = fc.oneof(
    fc.constant({ kind: 'unsafe' } as const),
    fc.constant({ kind: 'hmac', signature: '8ammJH8D-7tXy6kU3lTvoXlhu4o=' } as const),
    fc.constant({ kind: 'signed', claims: 'eyJ1IjoxfQ', signature: 'x'.repeat(43) } as const),
  );
  const anyUrl = fc
    .record(
      {
        kind: fc.constant('image' as const),
        access,
        preset: fc.constantFrom('thumb', 'Hero_2-x'),
        meta: fc.boolean(),
        trim: fc.record({
          from: fc.constantFrom('top-left' as const, 'bottom-right' as const),
          tolerance: fc.nat({ max: 442 }),
        }),
        crop: fc.oneof(box(pixels), box(fraction)),
        fitIn: fc.record({ adaptive: fc.boolean(), full: fc.boolean() }),
        stretch: fc.boolean(),
        size: fc.record({ width: side, height: side, flipX: fc.boolean(), flipY: fc.boolean() }),
        padding: box(pixels),
        halign: fc.constantFrom('left' as const, 'center' as const, 'right' as const),
        valign: fc.constantFrom('top' as const, 'middle' as const, 'bottom' as const),
        smart: fc.boolean(),
        filters: fc.array(filter, { maxLength: 4 }),
        key: anyKey,
      },
      { requiredKeys: ['kind', 'meta', 'stretch', 'smart', 'filters', 'key'] },
    )
    // Padding stands behind a size, be it 0x0.
    .filter((url) => url.padding === undefined || url.size !== undefined);

  it('is the inverse of reading one', () => {
    fc.assert(
      fc.property(anyUrl, (url) => {
        expect(parseImagePath(buildImagePath(url as ImageUrl))).toEqual(url);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws on any path, and builds what it read into what reads the same', () => {
    const piece = fc.constantFrom(
      ...[
        '300x200',
        'x',
        '-1x-2',
        '1x1:2x2',
        'fit-in',
        'smart',
        'filters:',
        'a(',
        ')',
        ':',
        '/',
        '%2F',
        '%',
        'k',
        'é',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.constant('/'), fc.string()), { maxLength: 20 }), (pieces) => {
        const read = parseImagePath(pieces.join(''));
        if (read.kind === 'image') expect(parseImagePath(buildImagePath(read))).toEqual(read);
      }),
      { numRuns: 5_000 },
    );
  });
});
