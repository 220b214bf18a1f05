import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { namesOneHost } from '@bkend/http';
import { S3Error } from '../errors/s3-error.ts';
import type { BodyReader } from './body-reader.ts';
import type { TransferWatch, WatchedBody } from './transfer-watch.ts';

/** One answered request, for the log and the metrics. Nothing in it is secret. */
export interface RequestReport {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, which may hold a signature. */
  readonly path: string;
  /** Name in the S3 documentation; absent when the request was refused before it was known. */
  readonly operation?: string;
  readonly status: number;
  /** S3's error code of a refused or failed request. */
  readonly errorCode?: string;
  /** The error behind a 5xx. */
  readonly cause?: unknown;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** One request and the state of its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly transfers: TransferWatch;
  readonly requestId: string;
  /** Headers that every answer has. */
  readonly headers: Record<string, string>;
  /** The body, if the request has one. */
  body?: WatchedBody;
  /** Reader of the body, once reading has begun. */
  reader?: BodyReader;
  operation?: string;
  errorCode?: string;
  cause?: unknown;
  bytesOut: number;
}

/** Reports a request when its response is closed. */
export function reportAtEnd(report: (report: RequestReport) => void, exchange: Exchange): void {
  const startedAt = performance.now();
  const { request, response, requestId } = exchange;
  response.once('close', () => {
    const { operation, errorCode, cause, bytesOut } = exchange;
    report({
      ...(operation !== undefined && { operation }),
      ...(errorCode !== undefined && { errorCode }),
      ...(cause !== undefined && { cause }),
      requestId,
      method: request.method ?? '',
      path: pathOf(request),
      status: response.statusCode,
      bytesIn: Number(request.headers['content-length'] ?? 0),
      bytesOut,
      durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
    });
  });
}

/** The path as it was sent, without the origin of an absolute form (RFC 9112 §3.2.2) and without the query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const path = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '');
  const queryStart = path.indexOf('?');
  return (queryStart < 0 ? path : path.slice(0, queryStart)) || '/';
}

/** Whether the message has a body at all (RFC 9112 §6.3): without either header it ends with its head. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const prefix = randomBytes(4).toString('hex').toUpperCase();
let requests = 0;

/** Sixteen hex digits, like S3's own: half of them of this process, half counted, which is cheaper than randomness. */
export function newRequestId(): string {
  requests = (requests + 1) >>> 0;
  return prefix + requests.toString(16).toUpperCase().padStart(8, '0');
}

/** @throws S3Error `BadRequest` for more than one Host header, or one that names no host: a proxy may have taken another */
export function assertOneHost(request: IncomingMessage): void {
  if (namesOneHost(request)) return;
  throw new S3Error('BadRequest', 'A request must have one Host header, which names a host.');
}
