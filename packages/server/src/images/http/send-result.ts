import { contentDisposition } from '../../files/content-disposition.ts';
import { endTogether } from '../../http/end-together.ts';
import type { FoundResult } from '../cache/results.ts';
import { type Exchange, type HeaderList, writeHead } from './exchange.ts';
import { requestedRange, sendUnsatisfiable } from './requested-range.ts';

/** Of a result, what is known before it is made. */
export interface ResultHead {
  /** With its quotes. */
  readonly etag: string;
  /** The headers of a 304, with which all other answers begin. */
  readonly headers: HeaderList;
  /** The same for a result that is not quite what the tag stands for: without a tag, and not to be kept. */
  readonly provisionalHeaders: HeaderList;
  /** Saved under this name rather than shown. */
  readonly attachment?: string | undefined;
}

const cacheWords = { memory: 'HIT, memory', disk: 'HIT, disk', none: 'MISS' } as const;

/** Sends a result, or a range of it. */
export function sendResult(exchange: Exchange, head: ResultHead, { rendering, level }: FoundResult): void {
  const { request, response } = exchange;
  const { bytes, contentType } = rendering;
  const range = rendering.provisional
    ? undefined
    : requestedRange(request, { etag: head.etag, sizeBytes: bytes.length });
  if (range === 'unsatisfiable') {
    sendUnsatisfiable(exchange, bytes.length);
    return;
  }
  const about = ['Accept-Ranges', rendering.provisional ? 'none' : 'bytes', 'X-Cache', cacheWords[level]];
  const body = range ? bytes.subarray(range.first, range.last + 1) : bytes;
  about.push('Content-Type', contentType, 'Content-Length', String(body.length));
  about.push('Content-Security-Policy', "default-src 'none'; sandbox");
  if (range) about.push('Content-Range', `bytes ${range.first}-${range.last}/${bytes.length}`);
  if (head.attachment !== undefined) {
    about.push('Content-Disposition', contentDisposition('attachment', head.attachment));
  }
  const { headers, provisionalHeaders } = head;
  writeHead(exchange, range ? 206 : 200, rendering.provisional ? provisionalHeaders : headers, about);
  endTogether(response, request.method === 'HEAD' ? undefined : body);
}

/** Answers HEAD for a result that is not made yet: what is not known before it is, is left out. */
export function sendHeadersAlone(exchange: Exchange, { headers }: ResultHead): void {
  writeHead(exchange, 200, headers, ['Accept-Ranges', 'bytes', 'X-Cache', 'MISS']);
  exchange.response.end();
}

/** Tells who has the result already that it is still the same. */
export function sendUnchanged(exchange: Exchange, { headers }: ResultHead): void {
  writeHead(exchange, 304, headers);
  endTogether(exchange.response);
}
