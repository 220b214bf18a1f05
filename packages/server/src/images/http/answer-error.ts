import { StorageError, toErrorBody } from '@bkend/storage-contract';
import { type Exchange, writeHead } from './exchange.ts';

/** A refusal in the error shape of the contract; when the answer has begun already, the connection is cut instead. */
export function answerError(error: unknown, exchange: Exchange): void {
  const { response, requestId } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal =
    error instanceof StorageError
      ? error
      : new StorageError('common/internal-error', 'Something went wrong on our side.');
  const body = toErrorBody(refusal, requestId);
  const { statusCode } = body;
  writeHead(
    exchange,
    statusCode,
    ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'],
    statusCode === 405 ? ['Allow', 'GET, HEAD'] : [],
    statusCode === 503 ? ['Retry-After', '5'] : [],
  );
  response.end(JSON.stringify(body));
}
