import { type SortField, sortDirections, sortFields } from '@bkend/storage-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { File } from '../file.ts';
import { sortNameOf } from '../sort-name.ts';
import { positionOf, readCursor, writeCursor } from './list-cursor.ts';
import type { FileOrder } from './listing.ts';

const newest: FileOrder = { by: 'createdAt', direction: 'desc' };
const id = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';

const anyOrder: fc.Arbitrary<FileOrder> = fc.record({
  by: fc.constantFrom(...sortFields),
  direction: fc.constantFrom(...sortDirections),
});

const anyDate = fc.date({
  min: new Date('2020-01-01'),
  max: new Date('2200-01-01'),
  noInvalidDate: true,
});

const anyFile: fc.Arbitrary<File> = fc
  .record({
    id: fc.uuid({ version: 7 }),
    originalName: fc.string({ unit: 'grapheme', minLength: 1 }),
    mimeType: fc.constantFrom('image/png', 'text/plain; charset="utf-8"'),
    sizeBytes: fc.nat(),
    createdAt: anyDate,
    updatedAt: anyDate,
  })
  .map((fields) => ({
    tenant: 'acme/dev',
    key: `acme/dev/images/2026/01/${fields.id}.png`,
    objectKey: `acme/dev/images/2026/01/${fields.id}.png~1`,
    sortName: sortNameOf(fields.originalName),
    folder: '',
    version: 1,
    versionId: '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
    visibility: 'private',
    bucket: 'files',
    category: 'images',
    metadata: {},
    sharedWith: [],
    etag: 'abc',
    ownerId: 'alice',
    ownerType: 'user',
    ...fields,
  }));

const cursorOf = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');

describe('readCursor', () => {
  it('reads the position that writeCursor wrote', () => {
    const valueAt: Record<SortField, (file: File) => unknown> = {
      createdAt: (file) => file.createdAt,
      updatedAt: (file) => file.updatedAt,
      originalName: (file) => file.sortName,
      size: (file) => file.sizeBytes,
      mimeType: (file) => file.mimeType,
    };
    fc.assert(
      fc.property(anyOrder, anyFile, (order, file) => {
        expect(readCursor(writeCursor(order, positionOf(file, order)), order)).toEqual({
          value: valueAt[order.by](file),
          id: file.id,
        });
      }),
    );
  });

  it('refuses the cursor of a list in another order', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, anyFile, (written, read, file) => {
        fc.pre(written.by !== read.by || written.direction !== read.direction);
        expect(() => readCursor(writeCursor(written, positionOf(file, written)), read)).toThrow(
          expect.objectContaining({ code: 'common/invalid-parameters' }),
        );
      }),
    );
  });

  const byName: FileOrder = { by: 'originalName', direction: 'asc' };
  const bySize: FileOrder = { by: 'size', direction: 'asc' };

  it.each<[string, string, FileOrder]>([
    ['nothing', '', newest],
    ['no base64', '!!!', newest],
    ['no JSON', Buffer.from('hello').toString('base64url'), newest],
    ['no list', cursorOf({ by: 'createdAt' }), newest],
    ['a list too short', cursorOf(['createdAt', 'desc']), newest],
    ['no date', cursorOf(['createdAt', 'desc', 'yesterday', id]), newest],
    ['a date as a number', cursorOf(['createdAt', 'desc', 0, id]), newest],
    ['a date before any file', cursorOf(['createdAt', 'desc', '-271821-04-20T00:00:00.000Z', id]), newest],
    ['no id', cursorOf(['createdAt', 'desc', '2026-01-01T00:00:00.000Z', 'x']), newest],
    [
      'an id with SQL in it',
      cursorOf(['createdAt', 'desc', '2026-01-01T00:00:00.000Z', `${id}'; --`]),
      newest,
    ],
    ['a NUL', cursorOf(['originalName', 'asc', 'a\0', id]), byName],
    ['half a surrogate pair', cursorOf(['originalName', 'asc', '\ud800', id]), byName],
    ['a list where text belongs', cursorOf(['originalName', 'asc', ['a'], id]), byName],
    ['a fraction of a byte', cursorOf(['size', 'asc', 1.5, id]), bySize],
    ['more bytes than there are', cursorOf(['size', 'asc', 1e300, id]), bySize],
    ['a size as text', cursorOf(['size', 'asc', '1', id]), bySize],
  ])('refuses %s', (_, cursor, order) => {
    expect(() => readCursor(cursor, order)).toThrow(
      expect.objectContaining({ code: 'common/invalid-parameters' }),
    );
  });

  it('decides on any text whatever without falling over', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anyOrder, (cursor, order) => {
        expect(() => readCursor(cursor, order)).toThrow(
          expect.objectContaining({ code: 'common/invalid-parameters' }),
        );
      }),
    );
  });
});
