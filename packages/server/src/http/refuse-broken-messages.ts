import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connections } from './connections.ts';
import { type ClientError, UnknownMethodError } from './refuse-connection.ts';

/**
 * Refuses what a server reads that makes no request, CONNECT included, in its place among the answers: after an answer that is
 * due, and never within or before one. Where a refusal would be taken for something else the connection is cut.
 * @param refuse writes the refusal, and ends the connection
 */
export function refuseBrokenMessages(
  server: Server,
  connections: Connections,
  refuse: (socket: Duplex, error: ClientError) => void,
): void {
  const answer = (error: ClientError, socket: Duplex) => {
    const due = connections.dueAnswer(socket);
    if (due !== undefined) due.once('finish', () => socket.end());
    else if (connections.canRefuse(socket)) refuse(socket, error);
    else socket.destroy();
  };
  server.on('clientError', answer);
  server.on('connect', (_request, socket) => answer(new UnknownMethodError(), socket));
}
