import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from './api.ts';

/**
 * Answers `/openapi.json` and `/docs`. What answers is loaded and put together when somebody first asks: it would be a fifth
 * of every start.
 */
export function describeApi(app: Api, publicUrl: string, addRoutes: (app: Api) => void): void {
  let loading: Promise<Api> | undefined;
  const load = async () => {
    const { createDescription } = await import('./create-description.ts');
    return createDescription(publicUrl, addRoutes);
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    loading ??= load();
    const description = await loading;
    const { statusCode, headers, rawPayload } = await description.inject({ method: 'GET', url: request.url });
    return reply.code(statusCode).headers(headers).send(rawPayload);
  };
  for (const url of ['/openapi.json', '/docs', '/docs/*'])
    app.get(url, { config: { takesNoKey: true }, schema: { hide: true } }, answer);
}
