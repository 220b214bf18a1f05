import { pathOf } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';

/** The pages that the application behind them may be asked for. */
const pages = /^\/(?:openapi\.json|docs(?:\/.*)?)$/;

/**
 * Answers `/openapi.json` and `/docs`. The application behind them is created at the first request, since it would be a fifth
 * of every start; if that fails, the next request tries again. Its refusals become errors of this API.
 *
 * @param load creates the application; see `create-description.ts`.
 */
export function describeApi(app: Api, load: () => Promise<Api>): void {
  let loading: Promise<Api> | undefined;
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    // Dot segments are resolved before the path is compared: `inject` resolves them, too, and the router does not.
    const { pathname } = new URL(request.url, 'http://description');
    if (!pages.test(pathOf(pathname))) throw notFound(request);
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const description = await loading;
    const { statusCode, headers, rawPayload } = await description.inject({ method: 'GET', url: pathname });
    if (statusCode >= 500) throw new Error(`The description answers ${statusCode} to ${pathname}.`);
    if (statusCode >= 400) throw notFound(request);
    return reply.code(statusCode).headers(headers).send(rawPayload);
  };
  for (const url of ['/openapi.json', '/docs', '/docs/*'])
    app.get(url, { config: { takesNoKey: true }, schema: { hide: true } }, answer);
}

function notFound({ url }: FastifyRequest): StorageError {
  return new StorageError('common/not-found', `There is no route ${pathOf(url)}.`);
}
