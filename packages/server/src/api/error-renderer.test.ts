import { StorageError } from '@bkend/storage-contract';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderError } from './error-renderer.ts';

const failures: Record<string, Error> = {
  '/bug': new TypeError("Cannot read properties of undefined (reading 'password')"),
  '/driver': Object.assign(new Error('duplicate key in table files'), { code: '23505' }),
  '/down': new StorageError('common/unavailable', 'connect ECONNREFUSED 10.0.0.5:5432'),
  '/later': new StorageError('common/too-many-requests', 'Wait.', { details: { retryAfterSeconds: 7 } }),
  '/mine': new StorageError('file/not-found', 'There is no such file.', { cause: new Error('a secret') }),
};

let app: FastifyInstance;
const told: unknown[] = [];

beforeAll(() => {
  app = Fastify({ genReqId: () => 'request-1' });
  app.setErrorHandler(renderError);
  app.addHook('onResponse', async (request) => {
    told.push(request.refusal);
  });
  for (const [path, error] of Object.entries(failures)) {
    app.get(path, () => {
      throw error;
    });
  }
});

afterAll(() => app.close());

describe('renderError', () => {
  it.each(['/bug', '/driver'])(
    'says of %s, which nobody foresaw, only that it is our fault',
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
      expect(told.at(-1)).toBe(failures[path]);
    },
  );

  it('says when to come again, to those who came too often and to those we failed', async () => {
    expect((await app.inject('/later')).headers['retry-after']).toBe('7');
    const down = await app.inject('/down');
    expect(down.statusCode).toBe(503);
    expect(Number(down.headers['retry-after'])).toBeGreaterThan(0);
    expect(down.body).not.toContain('10.0.0.5');
  });

  it('keeps causes for the log', async () => {
    const answer = await app.inject('/mine');
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toContain('a secret');
  });
});
