import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ClientError, isEndingConnection, isUnknownMethod } from '@bkend/http';
import { type RenderedError, renderError } from '../errors/render-error.ts';
import { S3Error } from '../errors/s3-error.ts';
import { type Exchange, hasBody, newRequestId, pathOf } from './exchange.ts';
import { finishDocument, lengthOf, omitBody, sendReply } from './reply.ts';
import { renderXml } from './xml.ts';

/** Largest refused body that is read to its end, so that the connection can take the next request. */
const maxDrainedBytes = 1024 * 1024;

/** Answers with an error document. Never throws: where that fails, the answer is an empty 500. */
export function sendError(exchange: Exchange, error: unknown): void {
  try {
    sendRendered(exchange, error);
  } catch (second) {
    exchange.cause ??= second;
    sendBareError(exchange.response);
  }
}

/** An empty 500, made of nothing that was sent or stored. */
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
    // The refusal was sent already; this error comes from reading the rest of the body.
    if (isEndingConnection(request)) return;
    exchange.errorCode ??= rendered.code;
    exchange.cause ??= error;
    // A part of the object was sent already; only a broken connection shows the client that the rest is missing.
    response.destroy();
    return;
  }
  exchange.errorCode = rendered.code;
  if (rendered.code === 'InternalError') exchange.cause = error;
  else if (error instanceof S3Error && error.cause !== undefined) exchange.cause = error.cause;
  const document = finishDocument(rendered, documentOf(rendered));
  const reply = request.method === 'HEAD' ? omitBody(document) : document;
  exchange.bytesOut = lengthOf(document.body);
  if (request.complete || !hasBody(request)) {
    sendReply(exchange, exchange.headers, reply);
    return;
  }
  exchange.body?.enter('refused');
  request.resume();
  // Without `close` the rest of the body is read and the connection goes on; with it, see `lingerOnClose`.
  const headers = mayBeDrained(request, rendered.code)
    ? exchange.headers
    : { ...exchange.headers, connection: 'close' };
  sendReply(exchange, headers, reply);
}

/** Whether the rest of a refused body is read, so that the connection can go on. */
function mayBeDrained(request: IncomingMessage, code: string): boolean {
  // A client that waits for 100 Continue may send nothing more, or the whole body.
  if (request.headers.expect !== undefined || code === 'RequestTimeout') return false;
  // The size of chunks of HTTP is not known before their end.
  return Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= maxDrainedBytes;
}

/** Largest error document, in bytes: a refusal never sends more than the request could have cost its sender. */
const maxDocumentBytes = 16 * 1024;
/** Longest texts of elements, in characters, of a document that would be larger; tried in turn. The last fits all, escaped as `&quot;`. */
const maxTextLengths = [2_048, 256];

/** The document of an error. Long texts in it, all of them repeated from the request, are cut where it would be too large. */
function documentOf({ fields }: RenderedError): string {
  let document = renderXml(['Error', fields]);
  for (const length of maxTextLengths) {
    if (Buffer.byteLength(document) <= maxDocumentBytes) break;
    document = renderXml(['Error', fields.map(([name, text]) => [name, shortened(text, length)])]);
  }
  return document;
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** Answers bytes that make no HTTP request with S3's error document, and hangs up: there is no request to answer. */
export function refuseConnection(socket: Duplex, error: ClientError): void {
  const requestId = newRequestId();
  const rendered = renderError(toS3Error(error), { resource: '/', requestId });
  const { status, headers } = rendered;
  const document = documentOf(rendered);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/xml',
    `Content-Length: ${Buffer.byteLength(document)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `x-amz-request-id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${document}`);
}

function toS3Error({ code, rawPacket }: ClientError): S3Error {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new S3Error('RequestHeaderSectionTooLarge');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new S3Error('RequestTimeout');
    default:
      return isUnknownMethod(rawPacket)
        ? new S3Error('MethodNotAllowed', undefined, {
            AllowedMethods: 'GET, HEAD, POST, PUT, DELETE, OPTIONS',
          })
        : new S3Error('BadRequest', 'This is not an HTTP request.');
  }
}
