import type { CorsRule } from '../index/records.ts';
import { isHeaderName } from './header-text.ts';

/** What a browser asks with. */
export interface CorsRequest {
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
