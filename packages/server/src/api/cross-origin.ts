import cors from '@fastify/cors';
import type { Origins } from '../projects/origins.ts';
import type { FindSettings } from '../projects/ports.ts';
import type { Api } from './api.ts';

export interface CrossOriginDeps {
  /** Of environments that set none of their own. */
  readonly corsOrigins: Origins;
  /** All origins that environments allow by settings of their own; `*` among them where one allows all. */
  readonly findOrigins: () => Promise<ReadonlySet<string>>;
  readonly findSettings: FindSettings;
}

/**
 * Answers preflight requests, which carry no key (Fetch Standard, section 3.3.5): an origin passes where the service or any
 * environment allows it. What a page may then read is decided by the environment of its key, in
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
    // OPTIONS that is no preflight asks what is allowed (RFC 9110, section 9.3.7); the other answer is no error of ours.
    strictPreflight: false,
  });

  async function isAllowedSomewhere(origin: string | undefined): Promise<boolean> {
    if (origin === undefined) return false;
    if (corsOrigins.includes(origin)) return true;
    // While the database does not answer, what the service allows is all that is known.
    const origins = await findOrigins().catch(() => new Set());
    return origins.has('*') || origins.has(origin);
  }
}

/** Lets the pages of the origins read answers that the environment of the caller allows. Runs once the caller is known. */
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
