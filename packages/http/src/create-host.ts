import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StorageError } from '@bkend/storage-contract';
import { Connections, cutIdleConnections, isEndingConnection, lingerOnClose } from './connections.ts';
import { refuseBrokenMessages, refuseConnection } from './refuse-connection.ts';
import { allHeaders, hasKnownTransferCoding, namesOneHost, toOriginForm } from './request-head.ts';
import { FramedResponse } from './responses.ts';
import { sendError } from './send-error.ts';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers requests of its own. @returns whether it has answered */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface HostOptions {
  /** Called in order before `listener`, with requests in origin form. */
  readonly first?: readonly Intercept[];
  readonly listener: Listener;
  readonly newRequestId: () => string;
  readonly maxConnections: number;
  /** Time in which nothing moves on a connection before it is cut, an unread response included, in seconds. Default 120. */
  readonly idleSeconds?: number;
}

/** An HTTP server that takes bodies of at most 1 MiB, not yet listening. */
export interface Host {
  readonly server: Server;
  readonly connections: Connections;
}

const headersTimeoutMs = 15_000;
const requestTimeoutMs = 60_000;
/** Interval of Node's checks of these times. */
const checkMs = 1_000;
const keepAliveMs = 65_000;

/** 1 MiB, the largest body, takes longest on a connection of 17 KiB a second; this ends those that only pretend. */
const bodies = { graceSeconds: 5, minBytesPerSecond: 1024 };

/**
 * Creates the server of the hosts that take no files: the API, the images and the operations ports. It refuses messages that are wrong
 * whatever their target: an invalid Host, an unknown transfer coding, headers and bodies that arrive too slowly, bytes that are no HTTP.
 * Clients that do not read their response are cut.
 */
export function createHost({
  first = [],
  listener,
  newRequestId,
  maxConnections,
  idleSeconds = 120,
}: HostOptions): Host {
  const server = createServer({
    ServerResponse: FramedResponse,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: keepAliveMs,
    noDelay: true,
    // Refused here, like any other invalid Host.
    requireHostHeader: false,
  });
  server.maxHeadersCount = allHeaders;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (isEndingConnection(request)) return;
    toOriginForm(request);
    const problem = findFramingProblem(request);
    if (problem !== undefined) {
      response.setHeader('Connection', 'close');
      sendError(response, new StorageError('common/invalid-parameters', problem), newRequestId());
      return;
    }
    // Node does this by itself only while nothing listens to `checkContinue`, and `Connections` does.
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    if (!first.some((answers) => answers(request, response))) listener(request, response);
  };
  server.on('request', answer);
  server.on('checkContinue', answer);
  // An expectation that is not known may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', answer);
  lingerOnClose(server);
  cutIdleConnections(server, idleSeconds);
  const connections = new Connections(server, { maxConnections, bodies });
  refuseBrokenMessages(server, connections, (socket, error) =>
    refuseConnection(socket, error, newRequestId()),
  );
  return { server, connections };
}

/** Returns why a message could be understood in two ways, for the client; undefined when it cannot. */
function findFramingProblem(request: IncomingMessage): string | undefined {
  if (!namesOneHost(request)) return 'A request has one Host header, which names a host.';
  return hasKnownTransferCoding(request) ? undefined : 'The only transfer coding here is chunked.';
}
