import { contentDisposition } from '../../files/content-disposition.ts';
import type { FoundResult } from '../cache/results.ts';
import { allowsRange } from './conditional.ts';
import type { Exchange } from './exchange.ts';
import { parseRange } from './parse-range.ts';

/** The headers of a result that are known before it is. */
export interface ResultHeaders {
  readonly ETag: string;
  readonly 'Cache-Control': string;
  readonly Vary?: string;
  readonly 'X-Ignored-Filters'?: string;
}

/** Sends a result, or a range of it. */
export function sendResult(
  { request, response }: Exchange,
  headers: ResultHeaders,
  result: FoundResult & { readonly attachment?: string },
): void {
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
    response.writeHead(416, { ...all, 'Content-Range': `bytes */${bytes.length}` }).end();
    return;
  }
  const body = range ? bytes.subarray(range.first, range.last + 1) : bytes;
  const { attachment } = result;
  response.writeHead(range ? 206 : 200, {
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
export function sendHeadersAlone({ response }: Exchange, headers: ResultHeaders): void {
  response.writeHead(200, { ...headers, 'Accept-Ranges': 'bytes', 'X-Cache': 'MISS' }).end();
}
