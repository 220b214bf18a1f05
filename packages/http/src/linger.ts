import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { followResponses, latestResponse } from './latest-response.ts';

/** Time for which a refused body is read, and bytes of it that are read, at most. */
const maxLingerMs = 30_000;
const maxLingerBytes = 512 * 1024 * 1024;

/** Connections whose last answer has been sent: further requests on them are ignored (RFC 9112 §9.6). */
const ending = new WeakSet<Socket>();

/** Whether the answer that ends the connection of this request has been sent already. */
export function isEndingConnection({ socket }: IncomingMessage): boolean {
  return ending.has(socket);
}

/**
 * Lets clients read an answer that ends the connection while they are still sending their request. A socket that is closed with
 * unread bytes is reset, and the reset makes the client drop the answer. So the server closes its sending half only, and reads
 * the rest of the body until it is complete, the client has closed, or 30 s or 512 MiB have passed (nginx: `lingering_close`).
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function lingerOnClose(server: Server): void {
  followResponses(server);
  server.on('connection', (socket) => {
    const destroySoon = socket.destroySoon.bind(socket);
    // Node calls this after the last answer on a connection.
    socket.destroySoon = () => {
      const request = latestResponse(socket)?.req;
      if (request === undefined || request.complete || socket.destroyed || ending.has(socket)) destroySoon();
      else linger(request, destroySoon);
    };
  });
}

function linger(request: IncomingMessage, close: () => void): void {
  const { socket } = request;
  ending.add(socket);
  socket.end();
  const lastByte = socket.bytesRead + maxLingerBytes;
  const timer = setTimeout(() => socket.destroy(), maxLingerMs).unref();
  request.on('data', () => {
    if (socket.bytesRead > lastByte) socket.destroy();
  });
  request.once('end', close);
  socket.once('close', () => clearTimeout(timer));
  request.resume();
}
