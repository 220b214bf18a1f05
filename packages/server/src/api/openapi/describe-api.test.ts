import { StorageError } from '@bkend/storage-contract';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { speak, statusesIn } from '../../../../test-support/src/network/raw-http.ts';
import { renderError } from '../error-renderer.ts';
import { createDescription } from './create-description.ts';
import { describeApi } from './describe-api.ts';

const createApp = () => Fastify().withTypeProvider<TypeBoxTypeProvider>();

it('tries again to create the description after a failure, and creates it once', async () => {
  const app = createApp();
  let attempts = 0;
  describeApi(app, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('EMFILE: too many open files');
    const description = createApp();
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

/** Spellings that lead elsewhere for a reader that resolves dot segments (RFC 3986, section 5.2.4), as that of URLs does. */
const outside = ['../', '%2e%2e/', '.%2E/', '..\\', 'static/../../', './static/%2e%2e/..//..\\'].flatMap(
  (way) => ['v1/files', 'elsewhere'].map((path) => `/docs/${way}${path}`),
);

describe('the pages of the description', () => {
  it.each(outside)('do not lead to %s', async (target) => {
    await using app = createApp();
    app.setErrorHandler(renderError);
    const called: string[] = [];
    const description = createApp();
    description.get('/docs', () => 'page');
    for (const path of ['/*', '/v1/files', '/elsewhere']) {
      description.get(path, ({ url }) => {
        called.push(url);
        return 'called';
      });
    }
    describeApi(app, async () => description);
    const url = await app.listen({ port: 0 });
    const answer = await speak(url, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    expect(statusesIn(answer)).toEqual([404]);
    expect(called).toEqual([]);
  });

  it.each([404, 403, 500])('answer a %i of their own as an error of this API', async (status) => {
    const app = createApp();
    const raised: unknown[] = [];
    app.setErrorHandler((error, _, reply) => {
      raised.push(error);
      return reply.code(400).send('refused');
    });
    const description = createApp();
    description.get('/docs/*', (_, reply) => reply.code(status).send({ message: 'internal' }));
    describeApi(app, async () => description);
    const { body } = await app.inject('/docs/x');
    expect(body).toBe('refused');
    if (status < 500) expect(raised[0]).toMatchObject({ code: 'common/not-found' });
    else expect(raised[0]).not.toBeInstanceOf(StorageError);
  });

  it('describe the routes of the API and call none of them', async () => {
    let calls = 0;
    const description = await createDescription('http://api', (v1) => {
      for (const method of ['GET', 'POST'] as const) {
        v1.route({
          method,
          url: '/files',
          preHandler: async () => {
            calls += 1;
          },
          handler: async () => {
            calls += 1;
            return 'called';
          },
        });
      }
    });
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      const { statusCode } = await description.inject({ method, url: '/v1/files' });
      expect(statusCode).toBe(404);
    }
    expect(calls).toBe(0);
    expect((await description.inject('/openapi.json')).json().paths['/v1/files'].post).toBeDefined();
  });
});
