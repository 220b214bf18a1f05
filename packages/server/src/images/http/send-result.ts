import { contentDisposition } from '../../files/content-disposition.ts';
import type { FoundResult } from '../cache/results.ts';
import { allowsRange } from './conditional.ts';
import { type Exchange, writeHead } from './exchange.ts';
import { parseRange } from './parse-range.ts';

/** The headers of a result that are known before it is. */
export interface ResultHeaders {
  readonly ETag: string;
  readonly 'Cache-Control': string;
  readonly Vary?: string;
  readonly 'X-Ignored-Filters'?: string;
  readonly 'Accept-CH'?: string;
}

/** Sends a result, or a range of it. */
export function sendResult(
  exchange: Exchange,
  headers: ResultHeaders,
  result: FoundResult & { readonly attachment?: string },
): void {
  const { request, response } = exchange;
  const { bytes, contentType } = result.rendering;
  const { 'if-range': ifRange, range: asked } = request.headers;
  const mayTakeRange = allowsRange(typeof ifRange === 'string' ? ifRange : undefined, headers.ETag);
  const range = parseRange(mayTakeRange ? asked : undefined, bytes.length);
  const all = {
    ...headers,
    'Accept-Ranges': 'bytes',
    'X-Cache': result.level === 'none' ? 'MISS' : `HIT, ${result.level}`,
  };
  if (range === 'unsatisfiable') {
    writeHead(exchange, 416, { ...all, 'Content-Range': `bytes */${bytes.length}` });
    response.end();
    return;
  }
  const body = range ? bytes.subarray(range.first, range.last + 1) : bytes;
  const { attachment } = result;
  writeHead(exchange, range ? 206 : 200, {
    ...all,
    'Content-Type': contentType,
    'Content-Length': body.length,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    ...(range && { 'Content-Range': `bytes ${range.first}-${range.last}/${bytes.length}` }),
    ...(attachment !== undefined && { 'Content-Disposition': contentDisposition('attachment', attachment) }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Answers HEAD for a result that is not made yet: what is not known before it is, is left out. */
export function sendHeadersAlone(exchange: Exchange, headers: ResultHeaders): void {
  writeHead(exchange, 200, { ...headers, 'Accept-Ranges': 'bytes', 'X-Cache': 'MISS' });
  exchange.response.end();
}

/** Tells who has the result already that it is still the same. */
export function sendUnchanged(exchange: Exchange, headers: ResultHeaders): void {
  writeHead(exchange, 304, { ...headers });
  exchange.response.end();
}
