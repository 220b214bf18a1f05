import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from './api.ts';
import { validateRequests } from './validation.ts';

let app: FastifyInstance;

beforeAll(() => {
  app = Fastify();
  validateRequests(app as unknown as Api);
  const properties = { name: { type: 'string' }, more: { type: 'object', properties: {} } };
  const bodies = {
    '/usual': { type: 'object', properties },
    '/open': { type: 'object', properties, additionalProperties: true },
    '/exact': { type: 'object', properties, additionalProperties: false },
  };
  for (const [path, body] of Object.entries(bodies))
    app.post(path, { schema: { body } }, (request) => request.body);
});

afterAll(() => app.close());

describe('fields that the schema of a body does not have', () => {
  const sent = { name: 'a', ownerId: 'b', more: { custom: 1 } };
  const post = async (url: string) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload: sent });
    return { statusCode, body: JSON.parse(body) };
  };

  it('reach no verb; those inside of open objects stay', async () => {
    expect(await post('/usual')).toEqual({ statusCode: 200, body: { name: 'a', more: { custom: 1 } } });
  });

  it('pass where the schema says that there may be any, and are refused where it says that there are none', async () => {
    expect(await post('/open')).toEqual({ statusCode: 200, body: sent });
    expect((await post('/exact')).statusCode).toBe(400);
  });
});
