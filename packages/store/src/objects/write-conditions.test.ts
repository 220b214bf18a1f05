import { describe, expect, it } from 'vitest';
import type { ObjectRecord } from '../index/records.ts';
import { checkWriteConditions, type WriteConditions } from './write-conditions.ts';

const existing: ObjectRecord = {
  headers: {},
  metadata: {},
  sizeBytes: 5,
  etag: 'abc-2',
  modifiedAt: 1_999,
  content: { manifest: 'm', partCount: 2 },
};

describe('checkWriteConditions', () => {
  it.each<[WriteConditions, ObjectRecord | undefined]>([
    [{}, existing],
    [{ ifMatch: '"abc-2"' }, existing],
    [{ ifMatch: 'abc-2' }, existing],
    [{ ifMatch: '*' }, existing],
    [{ ifNoneMatch: '*' }, undefined],
    [{ ifNoneMatch: '"other"' }, existing],
    [{ ifModifiedAtSeconds: 1, ifSizeBytes: 5 }, existing],
    [{ ifModifiedAtSeconds: 7, ifSizeBytes: 7 }, undefined],
  ])('lets %o pass', (conditions, object) => {
    expect(() => checkWriteConditions(conditions, object)).not.toThrow();
  });

  it.each<[WriteConditions, ObjectRecord | undefined, string]>([
    [{ ifMatch: '"other"' }, existing, 'PreconditionFailed'],
    [{ ifMatch: 'W/"abc-2"' }, existing, 'PreconditionFailed'],
    [{ ifMatch: '*' }, undefined, 'NoSuchKey'],
    [{ ifNoneMatch: '*' }, existing, 'PreconditionFailed'],
    [{ ifNoneMatch: 'abc-2' }, existing, 'PreconditionFailed'],
    [{ ifModifiedAtSeconds: 2 }, existing, 'PreconditionFailed'],
    [{ ifModifiedAtSeconds: Number.NaN }, existing, 'PreconditionFailed'],
    [{ ifSizeBytes: 4 }, existing, 'PreconditionFailed'],
    [{ ifSizeBytes: Number.NaN }, existing, 'PreconditionFailed'],
  ])('refuses %o', (conditions, object, code) => {
    expect(() => checkWriteConditions(conditions, object)).toThrow(expect.objectContaining({ code }));
  });
});
