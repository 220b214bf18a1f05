import type { ServerResponse } from 'node:http';
import { errorCodes, type StorageError, toErrorBody } from '@bkend/storage-contract';

/** `Retry-After` of a 503 that names no time of its own. */
export const defaultRetryAfterSeconds = 5;

/**
 * Returns the headers that tell a client when to retry: `Retry-After` from `details.retryAfterSeconds` of any error, or
 * {@link defaultRetryAfterSeconds} of a 503 without it, and the `X-RateLimit-…` headers from `details.limit` of `common/too-many-requests` alone. Other codes have limits of other things there.
 */
export function retryHeaders({ code, details }: StorageError): Record<string, string> {
  const { retryAfterSeconds = defaultOf(code), limit } = details;
  const isRateLimit = code === 'common/too-many-requests' && typeof limit === 'number';
  return {
    ...(typeof retryAfterSeconds === 'number' && { 'Retry-After': String(retryAfterSeconds) }),
    ...(isRateLimit && { 'X-RateLimit-Limit': String(limit), 'X-RateLimit-Remaining': '0' }),
  };
}

function defaultOf(code: StorageError['code']): number | undefined {
  return errorCodes[code].status === 503 ? defaultRetryAfterSeconds : undefined;
}

/** Answers in the one error shape, where no framework does. */
export function sendError(response: ServerResponse, error: StorageError, requestId: string): void {
  const body = toErrorBody(error, requestId);
  const json = JSON.stringify(body);
  response.writeHead(body.statusCode, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(json),
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    ...retryHeaders(error),
  });
  response.end(response.req.method === 'HEAD' ? undefined : json);
}

export interface TextAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers with a text that no cache keeps. */
export function sendText(response: ServerResponse, { status, type, body }: TextAnswer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
