import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The response to the last request on a connection. */
interface LatestResponse {
  response?: ServerResponse<IncomingMessage>;
  /** A response is due before this one. */
  isPipelined: boolean;
}

const latest = new WeakMap<Duplex, LatestResponse>();
const followed = new WeakSet<Server>();

/**
 * Follows which response is the latest on each connection of a server, for all that watch connections: each request pays for one
 * listener and one look-up, however many they are. To be called before the server listens; repeated calls change nothing.
 *
 * Listens to `checkContinue` and `checkExpectation` as well, so the server has to answer these events itself: Node then emits no
 * `request` for them.
 */
export function followResponses(server: Server): void {
  if (followed.has(server)) return;
  followed.add(server);
  server.prependListener('connection', (socket) => latest.set(socket, { isPipelined: false }));
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
    server.prependListener(event, (request, response) => {
      const connection = latest.get(request.socket);
      if (connection === undefined) return;
      connection.isPipelined = connection.response !== undefined && !connection.response.writableFinished;
      connection.response = response;
    });
  }
}

/** The response to the last request on a connection; undefined before the first one. */
export function latestResponse(socket: Duplex): ServerResponse<IncomingMessage> | undefined {
  return latest.get(socket)?.response;
}

/** Whether a response is due before the latest one. */
export function isPipelined(socket: Duplex): boolean {
  return latest.get(socket)?.isPipelined === true;
}
