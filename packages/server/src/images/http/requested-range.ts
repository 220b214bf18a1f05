import type { IncomingMessage } from 'node:http';
import type { ByteRange } from '../../files/object-store.ts';
import { allowsRange } from './conditional.ts';
import { type Exchange, writeHead } from './exchange.ts';
import { parseRange } from './parse-range.ts';

/** The part of a representation that a request wants; only GET can want one (RFC 9110, section 14.2). */
export function requestedRange(
  { method, headers }: IncomingMessage,
  { etag, sizeBytes }: { etag: string; sizeBytes: number },
): ByteRange | 'unsatisfiable' | undefined {
  if (headers.range === undefined || method !== 'GET') return undefined;
  const ifRange = headers['if-range'];
  return allowsRange(typeof ifRange === 'string' ? ifRange : undefined, etag)
    ? parseRange(headers.range, sizeBytes)
    : undefined;
}

/** Says how much there is (RFC 9110, section 15.5.17); like any refusal, not to be kept. */
export function sendUnsatisfiable(exchange: Exchange, sizeBytes: number): void {
  writeHead(exchange, 416, ['Content-Range', `bytes */${sizeBytes}`, 'Cache-Control', 'no-store']);
  exchange.response.end();
}
