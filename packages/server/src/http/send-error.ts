import type { ServerResponse } from 'node:http';
import { type StorageError, toErrorBody } from '@bkend/storage-contract';

/** When to come again, and what the limit is, where the refusal says so. */
export function retryHeaders({ details }: StorageError): Record<string, string> {
  const { retryAfterSeconds, limit } = details;
  return {
    ...(typeof retryAfterSeconds === 'number' && { 'Retry-After': String(retryAfterSeconds) }),
    ...(typeof limit === 'number' && { 'X-RateLimit-Limit': String(limit), 'X-RateLimit-Remaining': '0' }),
  };
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
