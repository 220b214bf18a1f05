import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorStatus } from './error-codes.ts';
import { invalidParameters, StorageError } from './storage-error.ts';
import { toErrorBody } from './to-error-body.ts';

describe('toErrorBody', () => {
  it('says the message in both of the places that published clients read', () => {
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

describe('toErrorBody, for what is our own fault', () => {
  const codes = Object.entries(errorStatus).flatMap(([code, status]) => (status >= 500 ? [code] : []));

  it.each(codes)('says nothing of what happened: %s', (code) => {
    // A key of that very record.
    const error = new StorageError(code as ErrorCode, 'connect ECONNREFUSED 10.0.0.5:5432', {
      details: { host: '10.0.0.5' },
    });
    const body = toErrorBody(error, 'request-1');
    expect(body).toMatchObject({ error: { code, details: {} }, message: body.error.message });
    expect(JSON.stringify(body)).not.toContain('10.0.0.5');
  });
});

describe('errorStatus', () => {
  it('knows only statuses of refusals', () => {
    for (const status of Object.values(errorStatus)) expect(status).toBeGreaterThanOrEqual(400);
  });
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
