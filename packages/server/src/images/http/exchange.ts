import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Names and values of headers in turn: the form that Node.js writes with the least work. */
export type HeaderList = readonly string[];

const onEveryAnswer: HeaderList = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'cross-origin',
  'Access-Control-Allow-Origin',
  '*',
];

/** Writes status and headers at once, with those that stand on every answer. */
export function writeHead(
  { response, requestId }: Exchange,
  status: number,
  ...headers: readonly HeaderList[]
): void {
  response.writeHead(status, ['X-Request-Id', requestId].concat(onEveryAnswer, ...headers));
}
