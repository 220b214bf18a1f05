import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { describeApi } from './describe-api.ts';

it('tries again to create the description after a failure, and creates it once', async () => {
  const app = Fastify().withTypeProvider<TypeBoxTypeProvider>();
  let attempts = 0;
  describeApi(app, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('EMFILE: too many open files');
    const description = Fastify().withTypeProvider<TypeBoxTypeProvider>();
    description.get('/openapi.json', () => ({ openapi: '3.1.0' }));
    return description;
  });
  const statuses = [];
  for (let request = 0; request < 3; request += 1) {
    statuses.push((await app.inject('/openapi.json')).statusCode);
  }
  expect(statuses).toEqual([500, 200, 200]);
  expect(attempts).toBe(2);
  await app.close();
});
