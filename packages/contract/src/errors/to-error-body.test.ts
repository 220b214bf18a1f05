import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import { invalidParameters, StorageError } from './storage-error.ts';
import { toErrorBody } from './to-error-body.ts';

describe('toErrorBody', () => {
  it('repeats the message in both fields that published clients read', () => {
    const error = new StorageError('file/not-found', 'There is no such file.', { details: { id: 7 } });
    expect(toErrorBody(error, 'request-1')).toEqual({
      success: false,
      error: { code: 'file/not-found', message: 'There is no such file.', details: { id: 7 } },
      message: 'There is no such file.',
      statusCode: 404,
      requestId: 'request-1',
    });
  });

  it('leaves the cause behind', () => {
    const error = new StorageError('common/internal-error', 'Something went wrong.', {
      cause: new Error('password=hunter2'),
    });
    expect(JSON.stringify(toErrorBody(error, 'request-1'))).not.toContain('hunter2');
  });
});

describe('toErrorBody for an error that is far too long', () => {
  const long = [
    'x'.repeat(1_000_000),
    '\0'.repeat(1_000_000),
    '가'.repeat(1_000_000),
    '😀'.repeat(500_000),
    '"'.repeat(1_000_000),
  ];

  it.each(long)('is never larger than 16 KiB', (text) => {
    const issues = Array.from({ length: 5_000 }, (_, index) => ({
      field: `${text}[${index}]`,
      message: text,
    }));
    const errors = [
      new StorageError('common/not-found', text),
      new StorageError('file/size-mismatch', text, { details: { text } }),
      new StorageError('file/size-mismatch', 'No.', { details: { [text]: [text] } }),
      invalidParameters(issues),
      invalidParameters([{ field: text, message: text }]),
    ];
    for (const error of errors) {
      const body = toErrorBody(error, 'request-1');
      expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(16 * 1024);
      expect(body).toMatchObject({
        success: false,
        error: { code: error.code },
        message: body.error.message,
      });
    }
  });

  it('counts the issues that it leaves out', () => {
    const issues = Array.from({ length: 1_000 }, (_, index) => ({
      field: `tags[${index}]`,
      message: 'is wrong',
    }));
    const { error } = toErrorBody(invalidParameters(issues), 'request-1');
    expect(error.details).toEqual({ issues: issues.slice(0, 20), moreIssues: 980 });
    expect(error.message).toMatch(/^Invalid parameters: tags\[0\] is wrong; .*; and 995 more\.$/);
  });
});

describe('toErrorBody for a fault of the service', () => {
  const codes = Object.entries(errorCodes).flatMap(([code, { status }]) => (status >= 500 ? [code] : []));

  it.each(codes)('hides the cause: %s', (code) => {
    // A key of that very record.
    const error = new StorageError(code as ErrorCode, 'connect ECONNREFUSED 10.0.0.5:5432', {
      details: { host: '10.0.0.5' },
    });
    const body = toErrorBody(error, 'request-1');
    expect(body).toMatchObject({ error: { code, details: {} }, message: body.error.message });
    expect(JSON.stringify(body)).not.toContain('10.0.0.5');
  });
});

describe('errorCodes', () => {
  it.each(Object.entries(errorCodes))('has an error status and two sentences for %s', (_, entry) => {
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.meaning).toMatch(/^[A-Z`].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
  });

  it.each(Object.entries(errorCodes))(
    'has a public message for %s exactly if its status is 500 or above',
    (_, entry) => {
      expect(entry.publicMessage !== undefined).toBe(entry.status >= 500);
    },
  );
});

describe('invalidParameters', () => {
  it('names every field at fault, in the details and in the sentence', () => {
    const issues = [
      { field: 'size', message: 'must be integer' },
      { field: 'metadata.tags[3]', message: 'is too long' },
    ];
    const error = invalidParameters(issues);
    expect(error.code).toBe('common/invalid-parameters');
    expect(error.details).toEqual({ issues });
    expect(error.message).toContain('metadata.tags[3] is too long');
  });
});
