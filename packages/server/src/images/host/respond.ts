import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  allowedOrigin,
  batchedEnd,
  type RangedRepresentation,
  requestedRange,
  retryHeaders,
} from '@bkend/http';
import { type Origins, StorageError, toErrorBody } from '@bkend/storage-contract';
import { contentDisposition } from '../../files/content-disposition.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { FoundRendition } from '../cache/renditions.ts';
import type { Rendition } from '../transform/rendition.ts';

/** The origins of pages that may read responses of the images host. */
export interface ImageOrigins {
  /** For errors, which are equal whether or not an environment exists. */
  readonly service: Origins;
  /** For the images of an environment. */
  readonly find: (tenant: Tenant) => Promise<Origins>;
  /** The same without a look-up; undefined where one is needed. */
  readonly peek: (tenant: Tenant) => Origins | undefined;
}

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Origins of pages that may read the response: of the image's environment; for errors, of the service. */
  readonly origins: Origins;
}

/** Names and values of headers in turn: the form that Node.js writes with the least work. */
export type HeaderList = readonly string[];

const onEveryResponse: HeaderList = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'cross-origin',
];
const forAllPages: HeaderList = [...onEveryResponse, 'Access-Control-Allow-Origin', '*'];

/** Writes status and headers at once, with the headers of every response. */
export function writeHead(
  { request, response, requestId, origins }: Exchange,
  status: number,
  ...headers: readonly HeaderList[]
): void {
  const id = ['X-Request-Id', requestId];
  if (origins === '*') {
    response.writeHead(status, id.concat(forAllPages, ...headers));
    return;
  }
  const origin = allowedOrigin(origins, request.headers.origin);
  const forPage = origin === undefined ? [] : ['Access-Control-Allow-Origin', origin];
  response.writeHead(status, varyByOrigin(id.concat(onEveryResponse, forPage, ...headers)));
}

/** Adds `Origin` to `Vary`, so that a cache keeps the response for each page (RFC 9110, section 12.5.5). */
function varyByOrigin(headers: readonly string[]): string[] {
  const at = headers.indexOf('Vary');
  if (at < 0) return [...headers, 'Vary', 'Origin'];
  return headers.map((text, index) => (index === at + 1 ? `${text}, Origin` : text));
}

/** The part of a rendition's response that is known before the rendition is made. */
export interface RenditionHead {
  /** With its quotes. */
  readonly etag: string;
  /** The headers of a 304, with which all other responses begin. */
  readonly headers: HeaderList;
  /** Headers for a provisional rendition, which is not the one that the ETag names: without a tag, and not to be cached. */
  readonly provisionalHeaders: HeaderList;
  /** Saved under this name rather than shown. */
  readonly attachment?: string | undefined;
}

const cacheWords = { memory: 'HIT, memory', disk: 'HIT, disk', none: 'MISS' } as const;

/** The range of a representation that a request asks for; only GET can ask for one (RFC 9110, section 14.2). */
export function rangeOf(
  { method, headers }: IncomingMessage,
  representation: RangedRepresentation,
): ReturnType<typeof requestedRange> {
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined || method !== 'GET') return undefined;
  return requestedRange({ range, ifRange: ifRange?.toString() }, representation);
}

/** Sends a rendition, or a range of it. */
export function sendRendition(
  exchange: Exchange,
  head: RenditionHead,
  { rendition, level }: FoundRendition,
): void {
  const { request, response } = exchange;
  const { bytes, contentType } = rendition;
  const range = rendition.provisional
    ? undefined
    : rangeOf(request, { etag: head.etag, sizeBytes: bytes.length });
  if (range === 'unsatisfiable') {
    sendUnsatisfiable(exchange, bytes.length);
    return;
  }
  const body = range ? bytes.subarray(range.first, range.last + 1) : bytes;
  const own = ['Accept-Ranges', rendition.provisional ? 'none' : 'bytes', 'X-Cache', cacheWords[level]];
  own.push('Content-Type', contentType, 'Content-Length', String(body.length));
  own.push('Content-Security-Policy', "default-src 'none'; sandbox");
  const { headers, notes } = withNotes(
    rendition.provisional ? head.provisionalHeaders : head.headers,
    rendition,
  );
  own.push(...notes);
  if (range) own.push('Content-Range', `bytes ${range.first}-${range.last}/${bytes.length}`);
  if (head.attachment !== undefined) {
    own.push('Content-Disposition', contentDisposition('attachment', head.attachment));
  }
  writeHead(exchange, range ? 206 : 200, headers, own);
  batchedEnd(response, request.method === 'HEAD' ? undefined : body);
}

const ignoredHeader = 'X-Ignored-Filters';

/** The headers for the notes of a rendition, and the other ones without those that these replace. */
function withNotes(headers: HeaderList, { notes }: Rendition): { headers: HeaderList; notes: HeaderList } {
  if (notes === undefined) return { headers, notes: [] };
  const { ignored = [], frames, maxBytes } = notes;
  const at = ignored.length > 0 ? headers.indexOf(ignoredHeader) : -1;
  const unknown = at < 0 ? [] : headers.slice(at + 1, at + 2);
  return {
    headers: at < 0 ? headers : headers.toSpliced(at, 2),
    notes: [
      ...(ignored.length > 0 ? [ignoredHeader, [...unknown, ...ignored].join(', ')] : []),
      ...(frames === undefined ? [] : ['X-Frames', frames]),
      ...(maxBytes === undefined ? [] : ['X-Max-Bytes', maxBytes]),
    ],
  };
}

/** Answers HEAD for a rendition that is not made yet: headers that depend on its bytes are left out, the ETag where its format does. */
export function sendHeadersAlone(
  exchange: Exchange,
  { headers: all, isSettled }: RenditionHead & { readonly isSettled: boolean },
): void {
  const headers = isSettled ? all : all.slice(all.indexOf('ETag') + 2);
  writeHead(exchange, 200, headers, ['Accept-Ranges', 'bytes', 'X-Cache', 'MISS']);
  exchange.response.end();
}

/** 304: the client's copy is current. */
export function sendUnchanged(exchange: Exchange, headers: HeaderList): void {
  writeHead(exchange, 304, headers);
  batchedEnd(exchange.response);
}

/** 412: `If-Match` names other representations (RFC 9110, section 15.5.13). */
export function sendPreconditionFailed(exchange: Exchange): void {
  writeHead(exchange, 412, ['Cache-Control', 'no-store']);
  exchange.response.end();
}

/** 416, with the length of the representation (RFC 9110, section 15.5.17). */
export function sendUnsatisfiable(exchange: Exchange, sizeBytes: number): void {
  writeHead(exchange, 416, ['Content-Range', `bytes */${sizeBytes}`, 'Cache-Control', 'no-store']);
  exchange.response.end();
}

/** Sends an error in the shape of the contract; after the response has begun, the connection is closed instead. */
export function sendError(error: unknown, exchange: Exchange): void {
  const { response, requestId } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known =
    error instanceof StorageError
      ? error
      : new StorageError('common/internal-error', 'Something went wrong on our side.');
  const body = toErrorBody(known, requestId);
  const { statusCode } = body;
  writeHead(
    exchange,
    statusCode,
    ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'],
    statusCode === 405 ? ['Allow', 'GET, HEAD'] : [],
    Object.entries(retryHeaders(known)).flat(),
  );
  response.end(JSON.stringify(body));
}
