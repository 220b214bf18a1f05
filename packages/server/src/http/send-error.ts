import type { ServerResponse } from 'node:http';
import { type StorageError, toErrorBody } from '@bkend/storage-contract';

/** Answers in the one error shape, where no framework does. */
export function sendError(response: ServerResponse, error: StorageError, requestId: string): void {
  const body = toErrorBody(error, requestId);
  const json = JSON.stringify(body);
  response.writeHead(body.statusCode, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(json),
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
  });
  response.end(response.req.method === 'HEAD' ? undefined : json);
}
