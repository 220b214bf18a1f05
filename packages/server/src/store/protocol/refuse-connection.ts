import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ClientError, isUnknownMethod } from '../../http/refuse-connection.ts';
import { S3Error } from '../objects/s3-error.ts';
import { renderError } from './render-error.ts';
import { newRequestId } from './request-id.ts';

/** Answers bytes that make no HTTP request with S3's error document, and hangs up: there is no request to answer. */
export function refuseConnection(socket: Duplex, error: ClientError): void {
  const requestId = newRequestId();
  const { status, document, headers } = renderError(toS3Error(error), { resource: '/', requestId });
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
