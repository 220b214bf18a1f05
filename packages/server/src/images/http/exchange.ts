import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
