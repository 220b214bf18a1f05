import { createServer, type Server } from 'node:http';
import {
  allHeaders,
  Connections,
  cutIdleConnections,
  FramedResponse,
  lingerOnClose,
  refuseBrokenMessages,
} from '@bkend/http';
import { refuseConnection } from './http/send-error.ts';
import type { Store } from './open-store.ts';

/** Interval of Node's checks of these times. */
const checkMs = 1000;

/** A list of ten thousand signed headers is no request of any S3 client. */
const maxHeaderBytes = 32 * 1024;

export interface StoreServerOptions {
  /** Time for the head of a request, in seconds from the first byte or from the connection. Default 10. */
  readonly headersSeconds?: number;
  /**
   * Time in which nothing moves on a connection before it is cut, unless the store is working, in seconds. Default 120. Slow transfers
   * have limits of their own: `StoreOptions.transfers`.
   */
  readonly idleSeconds?: number;
  /** Open connections; further ones are closed on arrival. No limit by default. */
  readonly maxConnections?: number;
}

/** The HTTP server of a store, not yet listening. */
export interface StoreServer {
  readonly server: Server;
  /** `connections.drain(withinMs)` stops the server: requests in progress may end, idle connections are closed. */
  readonly connections: Connections;
}

/**
 * Creates an HTTP/1.1 server for a store. It refuses broken messages with S3's error document, lets clients read a refusal while they
 * still send, and cuts clients that stall. TLS is the business of a proxy in front of it.
 *
 * @param store from `openStore`; close it after `connections.drain`
 * @param options times in seconds
 * @returns the server, for `server.listen(port, host)`, and its connections, for the stop
 */
export function createStoreServer(
  store: Pick<Store, 'handler'>,
  {
    headersSeconds = 10,
    idleSeconds = 120,
    maxConnections = Number.POSITIVE_INFINITY,
  }: StoreServerOptions = {},
): StoreServer {
  const server = createServer({
    ServerResponse: FramedResponse,
    // No limit for the whole request: Node's default would end uploads after five minutes.
    requestTimeout: 0,
    headersTimeout: headersSeconds * 1000,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: 65_000,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
    // The store answers requests without one with an S3 error.
    requireHostHeader: false,
    // Bodies are read in pieces of this size, so that a large one takes fewer turns of the event loop.
    highWaterMark: 256 * 1024,
  });
  server.maxHeadersCount = allHeaders;
  lingerOnClose(server);
  cutIdleConnections(server, idleSeconds);
  server.on('request', store.handler);
  // 100 Continue is sent when the body is first read, after the signature has been verified.
  server.on('checkContinue', store.handler);
  // Any other expectation may be ignored (RFC 9110 §10.1.1).
  server.on('checkExpectation', store.handler);
  // At the limit of connections, idle ones are closed for the next.
  server.on('drop', () => server.closeIdleConnections());
  const connections = new Connections(server, { maxConnections });
  refuseBrokenMessages(server, connections, refuseConnection);
  return { server, connections };
}
