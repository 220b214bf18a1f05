import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';
import { type FinishedReply, writeHead } from './send-reply.ts';

/** How much of a refused body is read at most while its sender has not noticed that it was refused. */
const maxLingerBytes = 512 * 1024 * 1024;

/** Connections on which nothing more is answered: whatever else a client sent on them is not acted upon (RFC 9112 §9.6). */
const ending = new WeakSet<Socket>();

/** Whether the answer that ends its connection has been sent already. */
export function isEndingConnection({ socket }: IncomingMessage): boolean {
  return ending.has(socket);
}

/**
 * Answers a request whose body is still coming, and ends the connection: closed at once, it would be reset, and the answer
 * lost on its way. So the sending half is closed and the other one read until the client has noticed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function sendAndLinger(exchange: Exchange, reply: FinishedReply): void {
  const { request, response } = exchange;
  ending.add(request.socket);
  writeHead(response, { ...exchange.headers, connection: 'close' }, reply);
  if (Buffer.isBuffer(reply.body)) response.write(reply.body, () => request.socket.end());
  else response.flushHeaders();
  exchange.body?.enter('refused');
  let read = 0;
  // Node closes the connection when its answer has ended.
  const finish = () => void response.end();
  request.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read > maxLingerBytes) finish();
  });
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
