import { categories, defaultLimits } from '@bkend/storage-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentsKeyOf,
  copyKeyOf,
  makeFileKey,
  pendingKeyOf,
  readObjectKey,
  requireFileKey,
  requireUploadKey,
  splitUploadKey,
  tenantOfFileKey,
} from './file-key.ts';

const id = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
const at = new Date('2026-01-31T23:59:59.999Z');
const key = makeFileKey({ tenant: 'acme/dev', category: 'images', id, filename: 'Photo.JPG', at });

const refusalOf = (text: string, maxKeyBytes = defaultLimits.maxKeyBytes) => {
  try {
    requireFileKey(text, { tenant: 'acme/dev', maxKeyBytes });
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('makeFileKey', () => {
  it('writes tenant, category, year and month in UTC, id and extension', () => {
    expect(key).toBe(`acme/dev/images/2026/01/${id}.jpg`);
  });

  it.each([
    ['report', ''],
    ['report.', ''],
    ['archive.tar.gz', '.gz'],
    ['.env', '.env'],
    ['사진.한글', ''],
    ['evil.p/h', ''],
    ['evil.j%2fpg', ''],
    ['evil.jpg ', ''],
    [`a.${'x'.repeat(17)}`, ''],
    [`a.${'x'.repeat(16)}`, `.${'x'.repeat(16)}`],
  ])('keeps of %j the extension %j', (filename, extension) => {
    expect(makeFileKey({ tenant: 'acme/dev', category: 'temp', id, filename, at })).toBe(
      `acme/dev/temp/2026/01/${id}${extension}`,
    );
  });

  it('makes for any name a key that is known again, and that needs no escaping', () => {
    const anyInput = fc.record({
      tenant: fc.constantFrom('acme/dev' as const, 'a-1/prod' as const, 'acme/preview-42' as const),
      category: fc.constantFrom(...categories),
      id: fc.uuid({ version: 7 }),
      filename: fc.string({ unit: 'binary' }),
      at: fc.date({ min: new Date('2020-01-01'), max: new Date('2999-01-01'), noInvalidDate: true }),
    });
    fc.assert(
      fc.property(anyInput, (input) => {
        const made = makeFileKey(input);
        expect(tenantOfFileKey(made)).toBe(input.tenant);
        expect(made).toMatch(/^[a-z0-9/.-]+$/);
      }),
    );
  });
});

describe('requireFileKey', () => {
  it('lets a key of the tenant’s own pass', () => {
    expect(refusalOf(key)).toBeUndefined();
  });

  it.each([
    '',
    'files/a1b2c3d4/profile.jpg',
    `/${key}`,
    `${key}/`,
    `${key}\n`,
    `${key}\0`,
    `acme/dev/images/2026/01/../${id}.jpg`,
    `acme/dev/../dev/images/2026/01/${id}.jpg`,
    `acme/dev/images/2026/01/..%2f${id}.jpg`,
    `acme/dev/images/2026/01/%252e%252e/${id}.jpg`,
    `acme\\dev\\images\\2026\\01\\${id}.jpg`,
    `acme/Qa/images/2026/01/${id}.jpg`,
    `acme/-qa/images/2026/01/${id}.jpg`,
    `acme/${'q'.repeat(33)}/images/2026/01/${id}.jpg`,
    `Acme/dev/images/2026/01/${id}.jpg`,
    `smart/dev/images/2026/01/${id}.jpg`,
    key.toUpperCase(),
    key.replace('7ccc', '7cc'),
    `${key}.exe.php.한글`,
  ])('refuses %j, which this server never issued', (text) => {
    expect(refusalOf(text)).toBe('file/invalid-path');
  });

  it('answers for another tenant’s key as for one that never was', () => {
    expect(refusalOf(key.replace('acme/dev', 'other/dev'))).toBe('file/upload-not-found');
    expect(refusalOf(key.replace('acme/dev', 'acme/prod'))).toBe('file/upload-not-found');
  });

  it('measures in bytes of UTF-8', () => {
    expect(refusalOf('가'.repeat(341))).toBe('file/invalid-path');
    expect(refusalOf('가'.repeat(342))).toBe('file/s3-key-too-long');
  });
});

describe('the key of an upload of new contents', () => {
  const rule = { tenant: 'acme/dev', maxKeyBytes: defaultLimits.maxKeyBytes } as const;
  const contentsKey = contentsKeyOf(key, id);

  it('is one of an upload, and registers no file', () => {
    expect(() => requireUploadKey(contentsKey, rule)).not.toThrow();
    expect(refusalOf(contentsKey)).toBe('file/upload-not-found');
    expect(splitUploadKey(contentsKey)).toEqual({ fileKey: key, versionId: id });
    expect(splitUploadKey(key)).toEqual({ fileKey: key });
  });

  it('has its copies right behind the key of the file', () => {
    const attempt = '0a1b2c3d-0000-4000-8000-00000000000f';
    expect(copyKeyOf(contentsKey, attempt)).toBe(copyKeyOf(key, attempt));
  });

  it.each([`${key}~`, `${key}~1`, `${contentsKey}~${id}`, pendingKeyOf(contentsKey), pendingKeyOf(key)])(
    'is not %j, which this server never issued',
    (text) => {
      const invalid = expect.objectContaining({ code: 'file/invalid-path' });
      expect(() => requireUploadKey(text, rule)).toThrow(invalid);
    },
  );
});

describe('readObjectKey', () => {
  const attempt = '0a1b2c3d-0000-4000-8000-00000000000f';

  it('tells bytes at the key, copies and pending bytes apart', () => {
    const of = { tenant: 'acme/dev', key };
    expect(readObjectKey(key)).toEqual({ ...of, kind: 'whole' });
    expect(readObjectKey(copyKeyOf(key, attempt))).toEqual({ ...of, kind: 'copy' });
    expect(readObjectKey(pendingKeyOf(key))).toEqual({ ...of, kind: 'pending' });
    expect(readObjectKey(pendingKeyOf(contentsKeyOf(key, id)))).toEqual({ ...of, kind: 'pending' });
  });

  it.each([
    `${key}~`,
    `${key}~1`,
    `${key}~${attempt}~`,
    `${key}~${attempt}~old`,
    `${key}~${attempt}\n`,
    pendingKeyOf(pendingKeyOf(key)),
    '_bkend/installation',
  ])('takes %j for an object of others', (objectKey) => {
    expect(readObjectKey(objectKey)).toBeUndefined();
  });
});
