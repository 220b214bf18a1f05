import cors from '@fastify/cors';
import type { Api, CrossOriginDeps } from './api.ts';

/**
 * Answers preflight requests, which carry no key (Fetch Standard, section 3.3.5): an origin passes where the service or any
 * environment allows it. The environment of the page's key decides which answers the page may then read, in
 * {@link answerOriginsOfEnvironment}.
 */
export async function answerPreflights(
  app: Api,
  { corsOrigins, findOrigins }: CrossOriginDeps,
): Promise<void> {
  await app.register(cors, {
    origin: corsOrigins === '*' ? '*' : (origin: string | undefined) => isAllowedSomewhere(origin),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'X-RateLimit-Limit', 'X-RateLimit-Remaining'],
    maxAge: 86_400,
    // OPTIONS that is no preflight asks for the allowed methods (RFC 9110, section 9.3.7); a strict plugin would answer 400.
    strictPreflight: false,
  });

  async function isAllowedSomewhere(origin: string | undefined): Promise<boolean> {
    if (origin === undefined) return false;
    if (corsOrigins.includes(origin)) return true;
    // While the database does not answer, only the origins of the service are known.
    const origins = await findOrigins().catch(() => new Set());
    return origins.has('*') || origins.has(origin);
  }
}

/** Lets pages read an answer whose origin the caller's environment allows. Runs once the caller is authenticated. */
export function answerOriginsOfEnvironment(
  app: Api,
  { findSettings }: Pick<CrossOriginDeps, 'findSettings'>,
): void {
  app.addHook('onRequest', async ({ caller, headers: { origin } }, reply) => {
    const { corsOrigins } = await findSettings(caller.tenant);
    if (corsOrigins === '*') {
      reply.header('Access-Control-Allow-Origin', '*');
      return;
    }
    reply.header('Vary', 'Origin');
    if (origin !== undefined && corsOrigins.includes(origin)) {
      reply.header('Access-Control-Allow-Origin', origin);
    } else reply.removeHeader('Access-Control-Allow-Origin');
  });
}
