import { invalidParameters, StorageError } from '@bkend/storage-contract';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderError } from './error-renderer.ts';

const failures: Record<string, Error> = {
  '/bug': new TypeError("Cannot read properties of undefined (reading 'password')"),
  '/driver': Object.assign(new Error('duplicate key in table files'), { code: '23505' }),
  '/down': new StorageError('common/unavailable', 'connect ECONNREFUSED 10.0.0.5:5432'),
  '/soon': new StorageError('common/unavailable', 'Wait.', { details: { retryAfterSeconds: 40 } }),
  '/later': new StorageError('common/too-many-requests', 'Wait.', { details: { retryAfterSeconds: 7 } }),
  '/mine': new StorageError('file/not-found', 'There is no such file.', { cause: new Error('a secret') }),
};

let app: FastifyInstance;
const logged: unknown[] = [];

beforeAll(() => {
  app = Fastify({ genReqId: () => 'request-1' });
  app.setErrorHandler(renderError);
  app.addHook('onResponse', async (request) => {
    logged.push(request.refusal);
  });
  const withQuery = { querystring: { type: 'object' } };
  const refuse = () => {
    throw invalidParameters([{ field: 'cursor', message: 'is unknown' }]);
  };
  app.get('/list', { schema: withQuery }, refuse);
  app.post('/change', { schema: { ...withQuery, body: { type: 'object' } } }, refuse);
  for (const [path, error] of Object.entries(failures)) {
    app.get(path, () => {
      throw error;
    });
  }
});

afterAll(() => app.close());

describe('renderError', () => {
  it.each(['/bug', '/driver'])(
    'answers an unforeseen error with 500 and without its cause: %s',
    async (path) => {
      const answer = await app.inject(path);
      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toEqual({
        success: false,
        error: { code: 'common/internal-error', message: 'Something went wrong on our side.', details: {} },
        message: 'Something went wrong on our side.',
        statusCode: 500,
        requestId: 'request-1',
      });
      expect(logged.at(-1)).toBe(failures[path]);
    },
  );

  it('answers 429 and 503 with Retry-After', async () => {
    expect((await app.inject('/later')).headers['retry-after']).toBe('7');
    const down = await app.inject('/down');
    expect(down.statusCode).toBe(503);
    expect(down.headers['retry-after']).toBe('5');
    expect((await app.inject('/soon')).headers['retry-after']).toBe('40');
    expect(down.body).not.toContain('10.0.0.5');
  });

  it('keeps the cause of a refusal for the log', async () => {
    const answer = await app.inject('/mine');
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toContain('a secret');
  });

  it('names a field as the client sent it: in the query where a route has no body', async () => {
    const list = await app.inject('/list');
    expect(list.json().error.details).toEqual({ issues: [{ field: 'query.cursor', message: 'is unknown' }] });
    expect(list.json().message).toContain('query.cursor is unknown');
    const change = await app.inject({ method: 'POST', url: '/change', payload: {} });
    expect(change.json().error.details.issues).toEqual([{ field: 'cursor', message: 'is unknown' }]);
  });
});
