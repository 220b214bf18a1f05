import type { ServerResponse } from 'node:http';
import { StorageError, toErrorBody } from '@bkend/storage-contract';

/** A refusal in the error shape of the contract; when the answer has begun already, the connection is cut instead. */
export function answerError(error: unknown, requestId: string, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof StorageError
      ? error
      : new StorageError('common/internal-error', 'Something went wrong on our side.');
  const body = toErrorBody(refusal, requestId);
  response.writeHead(body.statusCode, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...(body.statusCode === 503 && { 'Retry-After': '5' }),
  });
  response.end(JSON.stringify(body));
}
