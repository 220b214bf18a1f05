import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';

/**
 * Answers `/openapi.json` and `/docs`. The application behind them is created at the first request, since it would be a fifth
 * of every start; if that fails, the next request tries again.
 *
 * @param load creates the application; see `create-description.ts`.
 */
export function describeApi(app: Api, load: () => Promise<Api>): void {
  let loading: Promise<Api> | undefined;
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const description = await loading;
    const { statusCode, headers, rawPayload } = await description.inject({ method: 'GET', url: request.url });
    return reply.code(statusCode).headers(headers).send(rawPayload);
  };
  for (const url of ['/openapi.json', '/docs', '/docs/*'])
    app.get(url, { config: { takesNoKey: true }, schema: { hide: true } }, answer);
}
