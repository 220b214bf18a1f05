import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { StorageError, toErrorBody } from '@bkend/storage-contract';
import type { Connections } from './connections.ts';

export interface ClientError extends Error {
  readonly code?: string;
  /** The bytes that could not be parsed. */
  readonly rawPacket?: Buffer;
}

/** A method that no resource has, which the parser takes out of HTTP: CONNECT. */
class UnknownMethodError extends Error implements ClientError {
  readonly code = 'HPE_INVALID_METHOD';
  readonly rawPacket = Buffer.from('CONNECT - HTTP/1.1\r\n');
}

const statusText: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
};

/** Methods that some resource of some host takes. */
const allow = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** Answers bytes that make no HTTP request in the one error shape, and hangs up: there is no request to answer. */
export function refuseConnection(socket: Duplex, error: ClientError, requestId: string): void {
  const body = toErrorBody(toStorageError(error), requestId);
  const json = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${body.statusCode} ${statusText[body.statusCode]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    ...(body.statusCode === 405 ? [`Allow: ${allow}`] : []),
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
}

function toStorageError({ code, rawPacket }: ClientError): StorageError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new StorageError('common/payload-too-large', 'The headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new StorageError('common/invalid-parameters', 'The request did not arrive in time.');
    default:
      return isUnknownMethod(rawPacket)
        ? new StorageError('common/method-not-allowed', `The methods here are ${allow}.`)
        : new StorageError('common/invalid-parameters', 'This is not an HTTP request.');
  }
}

/** A request line with a method that the parser does not know (RFC 9110, section 9.1), rather than no request line. */
export function isUnknownMethod(packet: Buffer | undefined): boolean {
  const line = packet?.subarray(0, 200).toString('latin1') ?? '';
  const method = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+(?: HTTP\/1\.[01]\r?\n|\S*$)/.exec(line)?.[1];
  return method !== undefined && !allow.split(', ').includes(method);
}

/**
 * Refuses bytes that are no request, CONNECT included, at their position among the answers: after an answer that is
 * due, and never within or before one. Where a refusal would be taken for something else the connection is cut.
 * @param refuse writes the refusal, and ends the connection
 */
export function refuseBrokenMessages(
  server: Server,
  connections: Connections,
  refuse: (socket: Duplex, error: ClientError) => void,
): void {
  /** A reset would take a refusal from its client. */
  const cut = (socket: Duplex) => (connections.isRefused(socket) ? socket.end() : socket.destroy());
  const answer = (error: ClientError, socket: Duplex) => {
    const due = connections.dueAnswer(socket);
    if (due !== undefined) due.once('finish', () => socket.end());
    else if (connections.canRefuse(socket)) refuse(socket, error);
    // The answers of one turn are sent together at its end.
    else setImmediate(() => cut(socket));
  };
  server.on('clientError', answer);
  server.on('connect', (_request, socket) => answer(new UnknownMethodError(), socket));
}
