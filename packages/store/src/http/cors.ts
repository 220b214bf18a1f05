import { parseRequestTarget } from '@bkend/sigv4';
import { S3Error } from '../errors/s3-error.ts';
import { bucketKey } from '../index/keys.ts';
import type { CorsRule } from '../index/records.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import type { Exchange } from './exchange.ts';
import { isHeaderName } from './header-text.ts';
import type { Reply } from './reply.ts';
import { readTarget } from './s3-target.ts';

/** CORS headers of a request. */
interface CorsRequest {
  readonly origin: string;
  /** The method, or the one a preflight asks for. */
  readonly method: string;
  /** Names a preflight asks for, in lower case. */
  readonly headers: readonly string[];
}

/**
 * The answer to a browser: the headers of the first rule that allows all of it, undefined when none does.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
export function corsHeaders(
  rules: readonly CorsRule[] | undefined,
  request: CorsRequest,
): Record<string, string> | undefined {
  const rule = rules?.find((candidate) => allows(candidate, request));
  if (rule === undefined) return undefined;
  // Older versions kept names that are none.
  const exposeHeaders = rule.exposeHeaders.filter(isHeaderName);
  const isAnyOrigin = rule.allowedOrigins.includes('*');
  return {
    'access-control-allow-origin': isAnyOrigin ? '*' : request.origin,
    ...(!isAnyOrigin && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(request.headers.length > 0 && { 'access-control-allow-headers': request.headers.join(', ') }),
    ...(exposeHeaders.length > 0 && { 'access-control-expose-headers': exposeHeaders.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

function allows(rule: CorsRule, request: CorsRequest): boolean {
  return (
    rule.allowedMethods.includes(request.method) &&
    rule.allowedOrigins.some((pattern) => matchesPattern(pattern, request.origin)) &&
    request.headers.every(isHeaderName) &&
    request.headers.every((header) =>
      rule.allowedHeaders.some((pattern) => matchesPattern(pattern.toLowerCase(), header)),
    )
  );
}

/** With at most one `*`, which stands for anything. */
function matchesPattern(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const tail = pattern.slice(star + 1);
  return text.length >= pattern.length - 1 && text.startsWith(pattern.slice(0, star)) && text.endsWith(tail);
}

/**
 * Adds what the rules of the bucket allow a browser, to every answer to come, refusals included.
 *
 * @throws SignatureError `InvalidURI`; S3Error as `readTarget`
 */
export function addCorsHeaders(
  deps: { readonly store: StoreDeps; readonly baseDomain: string | undefined },
  { request, headers }: Exchange,
): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  const encoded = parseRequestTarget(request.url ?? '');
  const { bucket } = readTarget(encoded, { host, baseDomain: deps.baseDomain });
  if (bucket === undefined) return;
  const isPreflight = request.method === 'OPTIONS';
  const wantedHeaders = isPreflight ? request.headers['access-control-request-headers'] : undefined;
  const allowed = corsHeaders(deps.store.index.tables.buckets.get(bucketKey(bucket))?.cors, {
    origin,
    method: (isPreflight ? request.headers['access-control-request-method'] : request.method) ?? '',
    headers: (wantedHeaders ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  });
  Object.assign(headers, allowed);
}

/** @throws S3Error `AccessForbidden` when no rule of the bucket allows what the browser wants to do, `BadRequest` */
export function answerPreflight({ request, headers }: Exchange): Reply {
  if (request.headers.origin === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (request.headers['access-control-request-method'] === undefined) {
    throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  }
  if (headers['access-control-allow-origin'] !== undefined) return { status: 200 };
  throw new S3Error('AccessForbidden');
}
