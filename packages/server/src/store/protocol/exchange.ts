import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TransferWatch, WatchedBody } from './transfer-watch.ts';

/** What is to be known of a request once it is over; nothing in it is secret. */
export interface RequestReport {
  readonly requestId: string;
  readonly method: string;
  /** Without query, which may hold a signature. */
  readonly path: string;
  /** As the S3 documentation calls it; absent when it never came to that. */
  readonly operation?: string;
  readonly status: number;
  /** S3's code, of failed ones. */
  readonly errorCode?: string;
  /** What went wrong, of those that are our fault. */
  readonly cause?: unknown;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** One request, and what has become of it so far. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly transfers: TransferWatch;
  readonly requestId: string;
  /** That every answer has. */
  readonly headers: Record<string, string>;
  /** Of a request that has one. */
  body?: WatchedBody;
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
