import type { Socket } from 'node:net';
import { StorageError, toErrorBody } from '@bkend/storage-contract';

interface ClientError extends Error {
  readonly code?: string;
}

/**
 * Answers bytes that make no HTTP request in the one error shape, and hangs up: there is no request that the error
 * renderer could answer.
 */
export function answerClientError(error: ClientError, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = toErrorBody(toStorageError(error), requestId);
  const json = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${body.statusCode} ${body.statusCode === 413 ? 'Content Too Large' : 'Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
}

function toStorageError({ code }: ClientError): StorageError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new StorageError('common/payload-too-large', 'The headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new StorageError('common/invalid-parameters', 'The request did not arrive in time.');
    default:
      return new StorageError('common/invalid-parameters', 'This is not an HTTP request.');
  }
}
