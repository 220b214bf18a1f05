import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** One request and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Writes status and headers at once, with those that stand on every answer. */
export function writeHead(
  { response, requestId }: Exchange,
  status: number,
  headers: OutgoingHttpHeaders,
): void {
  response.writeHead(status, {
    'X-Request-Id': requestId,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Access-Control-Allow-Origin': '*',
    ...headers,
  });
}
