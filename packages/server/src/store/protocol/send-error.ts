import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from '../objects/s3-error.ts';
import { type Exchange, hasBody, pathOf } from './exchange.ts';
import { isEndingConnection, sendAndLinger } from './linger.ts';
import { renderError } from './render-error.ts';
import { finishDocument, lengthOf, omitBody, sendReply } from './send-reply.ts';

/** How much of a refused body is read to its end to keep the connection for the next request. */
const maxDrainedBytes = 1024 * 1024;

/** Answers with what went wrong. Never throws: what cannot be answered as it should be is answered with a bare 500. */
export function sendError(exchange: Exchange, error: unknown): void {
  try {
    sendRendered(exchange, error);
  } catch (second) {
    exchange.cause ??= second;
    sendBareError(exchange.response);
  }
}

/** The last resort, made of nothing that was sent or stored. */
function sendBareError(response: ServerResponse): void {
  try {
    if (!response.headersSent) response.writeHead(500, ['content-length', '0', 'connection', 'close']);
    response.end();
  } catch {
    response.destroy();
  }
}

function sendRendered(exchange: Exchange, error: unknown): void {
  const { request, response, requestId } = exchange;
  const rendered = renderError(error, { resource: pathOf(request), requestId });
  if (response.headersSent) {
    // The refusal is on its way already, and this is what became of the rest.
    if (isEndingConnection(request)) return;
    exchange.errorCode ??= rendered.code;
    exchange.cause ??= error;
    // Half an object is out already; only a broken connection tells the client that it is not the whole.
    response.destroy();
    return;
  }
  exchange.errorCode = rendered.code;
  if (rendered.code === 'InternalError') exchange.cause = error;
  else if (error instanceof S3Error && error.cause !== undefined) exchange.cause = error.cause;
  const document = finishDocument(rendered, rendered.document);
  const reply = request.method === 'HEAD' ? omitBody(document) : document;
  exchange.bytesOut = lengthOf(document.body);
  if (request.complete || !hasBody(request)) {
    sendReply(exchange, exchange.headers, reply);
    return;
  }
  if (mayBeDrained(request, rendered.code)) {
    exchange.body?.enter('refused');
    request.resume();
    sendReply(exchange, exchange.headers, reply);
    return;
  }
  sendAndLinger(exchange, reply);
}

/** Whether the rest of a refused body is read, so that the connection can go on. */
function mayBeDrained(request: IncomingMessage, code: string): boolean {
  // A client that waits for leave to send may send nothing more, or all of it.
  if (request.headers.expect !== undefined || code === 'RequestTimeout') return false;
  // The size of chunks of HTTP is not known before their end.
  return Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= maxDrainedBytes;
}
