import { createServer, type Server } from 'node:http';
import { allHeaders } from '../http/all-headers.ts';
import { FramedResponse } from '../http/framed-response.ts';
import type { Store } from './open-store.ts';

/** A connection on which nothing moves for this long is closed; of transfers see TransferWatch. */
const idleTimeoutMs = 120_000;

/** How often connections are held against these times. */
const checkMs = 1000;

/** A list of ten thousand signed headers is no request of any S3 client. */
const maxHeaderBytes = 32 * 1024;

export interface StoreServerOptions {
  /** How long the head of a request may take, in seconds, from the first byte, or from the connection. 10 unless told. */
  readonly headersSeconds?: number;
}

/** An HTTP server for a store, not yet listening. */
export function createStoreServer(store: Store, { headersSeconds = 10 }: StoreServerOptions = {}): Server {
  const server = createServer({
    ServerResponse: FramedResponse,
    // The whole request may take as long as it takes: Node's default would end uploads after five minutes.
    requestTimeout: 0,
    headersTimeout: headersSeconds * 1000,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: 65_000,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
    // The store answers what has none, in its own words.
    requireHostHeader: false,
    // Bodies are read in pieces of this size, so that a large one takes fewer turns.
    highWaterMark: 256 * 1024,
  });
  server.maxHeadersCount = allHeaders;
  server.setTimeout(idleTimeoutMs);
  server.on('request', store.handler);
  // Whether the body is wanted is known only after the signature has been checked; RequestBody says so then.
  server.on('checkContinue', store.handler);
  // Any other expectation may be passed over (RFC 9110 §10.1.1).
  server.on('checkExpectation', store.handler);
  // Where there is no room for another connection, those that only wait make room for the next.
  server.on('drop', () => server.closeIdleConnections());
  return server;
}
