import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { followResponses, isPipelined, latestResponse } from './responses.ts';

export interface ConnectionRules {
  /** Open connections; further ones are closed on arrival. */
  readonly maxConnections: number;
  /** Minimum average rate of a body after its first `graceSeconds`. */
  readonly bodies?: { readonly graceSeconds: number; readonly minBytesPerSecond: number };
}

/** Bytes of a body read after its request was answered, at most; then the connection ends. */
const maxUnwantedBytes = 4 * 1024 * 1024;

const sweepMs = 1000;
const drainStepMs = 25;

/** A body that is incomplete, and since when. */
interface IncompleteBody {
  readonly of: ServerResponse;
  readonly sinceMs: number;
  readonly bytesBefore: number;
}

/**
 * Watches the connections of a server: bodies that come too slowly, or after their request was refused, end the connection; and
 * a stop takes no longer than `withinMs`, whatever clients keep open. Follows responses as `followResponses` does.
 */
export class Connections {
  readonly #server: Server;
  readonly #rules: ConnectionRules;
  readonly #open = new Set<Socket>();
  readonly #bodies = new WeakMap<Socket, IncompleteBody>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(server: Server, rules: ConnectionRules) {
    this.#server = server;
    this.#rules = rules;
    server.maxConnections = rules.maxConnections;
    followResponses(server);
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
    this.#sweeping = setInterval(() => this.#sweep(performance.now()), sweepMs).unref();
  }

  /**
   * Takes no new connections, lets the requests in progress end, and closes what has none: a connection in the middle of a
   * header included. What is still open after `withinMs` is cut.
   * @param close closes the server, and resolves when its last connection is gone
   */
  async drain(withinMs: number, close = () => closeServer(this.#server)): Promise<void> {
    clearInterval(this.#sweeping);
    const deadline = performance.now() + withinMs;
    let isClosed = false;
    const closing = close().finally(() => {
      isClosed = true;
    });
    while (!isClosed) {
      const isOver = performance.now() >= deadline;
      for (const socket of this.#open) {
        if (isOver) socket.destroy();
        else if (!isBusy(socket)) socket.destroySoon();
      }
      await Promise.race([closing, sleep(drainStepMs)]);
    }
  }

  /**
   * Whether bytes written to the socket now would be read as the answer to the last request or to one that has not
   * come yet: neither in the middle of an answer, nor before one that is due, nor after the last request was answered.
   */
  canRefuse(socket: Duplex): boolean {
    if (!socket.writable) return false;
    const response = latestResponse(socket);
    if (response === undefined) return true;
    if (response.req.complete) return response.writableFinished;
    return !isPipelined(socket) && !response.headersSent;
  }

  /** The answer to a request that came whole and is not answered yet; what follows it must not be refused before. */
  dueAnswer(socket: Duplex): ServerResponse | undefined {
    const response = latestResponse(socket);
    return response?.req.complete && !response.writableFinished && socket.writable ? response : undefined;
  }

  /** Whether the last request was answered before its body came whole: it was refused, and its sender may still read the answer. */
  isRefused(socket: Duplex): boolean {
    const response = latestResponse(socket);
    return response?.writableEnded === true && !response.req.complete;
  }

  #sweep(nowMs: number): void {
    for (const socket of this.#open) {
      const response = latestResponse(socket);
      // These have limits of their own.
      if (response !== undefined && isEndingConnection(response.req)) continue;
      if (response === undefined || response.req.complete) {
        this.#bodies.delete(socket);
        continue;
      }
      const body = this.#bodies.get(socket);
      if (body?.of !== response) {
        this.#bodies.set(socket, { of: response, sinceMs: nowMs, bytesBefore: socket.bytesRead });
        continue;
      }
      const received = socket.bytesRead - body.bytesBefore;
      const isUnwanted = response.writableFinished && received > maxUnwantedBytes;
      if (isUnwanted || this.#isTooSlow(received, (nowMs - body.sinceMs) / 1000)) {
        this.#server.emit('clientError', new SlowBodyError(), socket);
      }
    }
  }

  #isTooSlow(received: number, seconds: number): boolean {
    const { bodies } = this.#rules;
    if (bodies === undefined || seconds < bodies.graceSeconds) return false;
    return received < seconds * bodies.minBytesPerSecond;
  }
}

/** A request that does not come to its end in time; has the code of Node's own such error. */
class SlowBodyError extends Error {
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT';
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function isBusy(socket: Socket): boolean {
  const response = latestResponse(socket);
  return response !== undefined && !response.writableFinished && !response.destroyed;
}

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
