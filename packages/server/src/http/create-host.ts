import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StorageError } from '@bkend/storage-contract';
import { allHeaders } from './all-headers.ts';
import { Connections } from './connections.ts';
import { FramedResponse } from './framed-response.ts';
import { namesOneHost } from './names-one-host.ts';
import { refuseBrokenMessages } from './refuse-broken-messages.ts';
import { refuseConnection } from './refuse-connection.ts';
import { toOriginForm } from './request-target.ts';
import { sendError } from './send-error.ts';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers what is its own, and says whether it was. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface HostOptions {
  /** Asked in order before `listener`, with requests in origin form. */
  readonly first?: readonly Intercept[];
  readonly listener: Listener;
  readonly newRequestId: () => string;
  readonly maxConnections: number;
  /** How long nothing may move on a connection, a response that is not read included. 120 by default. */
  readonly idleSeconds?: number;
}

/** A server whose hosts read no more than JSON, not yet listening. */
export interface Host {
  readonly server: Server;
  readonly connections: Connections;
}

const headersTimeoutMs = 15_000;
const requestTimeoutMs = 60_000;
/** How often connections are held against these. */
const checkMs = 1_000;
const keepAliveMs = 65_000;

/** 1 MiB, the largest body, takes longest on a connection of 17 KiB a second; this ends those that only pretend. */
const bodies = { graceSeconds: 5, minBytesPerSecond: 1024 };

/**
 * Makes the server of the hosts that take no files: the API, the images and the operations ports. What is wrong with a message,
 * whatever it asks for, is refused here: a Host that is not one, headers and bodies that come too slowly, bytes that are no HTTP.
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
    // Answered here, as any other Host that is not one.
    requireHostHeader: false,
  });
  server.maxHeadersCount = allHeaders;
  const answer: Listener = (request, response) => {
    toOriginForm(request);
    if (!namesOneHost(request)) {
      response.setHeader('Connection', 'close');
      const refusal = new StorageError(
        'common/invalid-parameters',
        'A request has one Host header, which names a host.',
      );
      sendError(response, refusal, newRequestId());
      return;
    }
    if (!first.some((answers) => answers(request, response))) listener(request, response);
  };
  server.on('request', answer);
  // Node does the next two by itself only while nothing listens to these events, and `Connections` does.
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    answer(request, response);
  });
  // An expectation that is not known may be passed over (RFC 9110, section 10.1.1).
  server.on('checkExpectation', answer);
  const connections = new Connections(server, { maxConnections, bodies });
  server.setTimeout(idleSeconds * 1000, (socket) => {
    // While an answer is made, it is not the client that is waited for.
    if (connections.dueAnswer(socket) === undefined || socket.writableLength > 0) socket.destroy();
  });
  refuseBrokenMessages(server, connections, (socket, error) =>
    refuseConnection(socket, error, newRequestId()),
  );
  return { server, connections };
}
