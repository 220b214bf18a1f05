import { describe, expect, it } from 'vitest';
import { contentAt, type ObjectRecord } from '../index/records.ts';
import { isNotModified, type ReadConditions, readDeleteConditions } from './read-conditions.ts';

const modifiedAt = Date.parse('2026-03-01T12:00:00.750Z');
const record: ObjectRecord = {
  headers: {},
  metadata: {},
  sizeBytes: 0,
  etag: 'abc',
  modifiedAt,
  content: contentAt({ kind: 'empty' }, { sizeBytes: 0, md5: 'abc' }),
};
const none: ReadConditions = {
  ifMatch: undefined,
  ifNoneMatch: undefined,
  ifModifiedSince: undefined,
  ifUnmodifiedSince: undefined,
};
const sameSecond = 'Sun, 01 Mar 2026 12:00:00 GMT';
const secondBefore = 'Sun, 01 Mar 2026 11:59:59 GMT';
const failed = expect.objectContaining({ code: 'PreconditionFailed' });

describe('isNotModified', () => {
  it.each<[Partial<ReadConditions>, boolean]>([
    [{}, false],
    [{ ifMatch: '"abc"' }, false],
    [{ ifNoneMatch: '*' }, true],
    [{ ifNoneMatch: '"x", "abc"' }, true],
    [{ ifModifiedSince: sameSecond }, true],
    [{ ifModifiedSince: secondBefore }, false],
    [{ ifModifiedSince: 'whenever' }, false],
    [{ ifUnmodifiedSince: sameSecond }, false],
    [{ ifUnmodifiedSince: 'whenever' }, false],
    [{ ifMatch: '"abc"', ifUnmodifiedSince: secondBefore }, false],
    [{ ifNoneMatch: '"x"', ifModifiedSince: sameSecond }, false],
    [{ ifMatch: '"abc"', ifNoneMatch: '"abc"' }, true],
  ])('of %o is %s', (conditions, expected) => {
    expect(isNotModified({ ...none, ...conditions }, record)).toBe(expected);
  });

  it.each<[Partial<ReadConditions>]>([
    [{ ifMatch: '"x"' }],
    [{ ifMatch: '"x"', ifNoneMatch: '"abc"' }],
    [{ ifUnmodifiedSince: secondBefore }],
    [{ ifUnmodifiedSince: secondBefore, ifModifiedSince: sameSecond }],
  ])('of %o fails', (conditions) => {
    expect(() => isNotModified({ ...none, ...conditions }, record)).toThrow(failed);
  });
});

describe('readDeleteConditions', () => {
  it('takes what cannot be read for something that never is', () => {
    const nothing = { ifMatch: undefined, modifiedAt: undefined, size: undefined };
    expect(readDeleteConditions(nothing)).toEqual({});
    expect(readDeleteConditions({ ...nothing, modifiedAt: 'never', size: 'much' })).toEqual({
      ifModifiedAtSeconds: Number.NaN,
      ifSizeBytes: Number.NaN,
    });
    expect(readDeleteConditions({ ...nothing, modifiedAt: sameSecond, size: '5' })).toEqual({
      ifModifiedAtSeconds: Math.floor(modifiedAt / 1000),
      ifSizeBytes: 5,
    });
  });
});
