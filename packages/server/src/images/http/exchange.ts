import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowedOrigin, type Origins } from '../../projects/origins.ts';

/** One request and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Whose pages may read the answer: those of the picture's environment; of a refusal, those of the service. */
  readonly origins: Origins;
}

/** Names and values of headers in turn: the form that Node.js writes with the least work. */
export type HeaderList = readonly string[];

const onEveryAnswer: HeaderList = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'cross-origin',
];
const forAllPages: HeaderList = [...onEveryAnswer, 'Access-Control-Allow-Origin', '*'];

/** Writes status and headers at once, with those that stand on every answer. */
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
  response.writeHead(status, varyByOrigin(id.concat(onEveryAnswer, forPage, ...headers)));
}

/** Adds `Origin` to what an answer depends on, so that a cache keeps it for each page (RFC 9110, section 12.5.5). */
function varyByOrigin(headers: readonly string[]): string[] {
  const at = headers.indexOf('Vary');
  if (at < 0) return [...headers, 'Vary', 'Origin'];
  return headers.map((text, index) => (index === at + 1 ? `${text}, Origin` : text));
}
