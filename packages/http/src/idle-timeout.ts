import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { followResponses, latestResponse } from './latest-response.ts';

/**
 * Cuts connections on which nothing has moved for `seconds`, unless it is the server that has to go on: while an answer is being made,
 * or while bytes of a body wait to be read, the client is not at fault.
 *
 * @param seconds may be a fraction
 */
export function cutIdleConnections(server: Server, seconds: number): void {
  followResponses(server);
  server.setTimeout(seconds * 1000, (socket) => {
    const response = latestResponse(socket);
    if (response === undefined || !isServersTurn(response, socket)) socket.destroy();
  });
}

function isServersTurn({ req, writableFinished }: ServerResponse, socket: Socket): boolean {
  return !writableFinished && socket.writableLength === 0 && (req.complete || req.readableLength > 0);
}
