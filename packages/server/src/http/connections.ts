import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

export interface ConnectionRules {
  /** Connections at once; further ones are closed as they come. */
  readonly maxConnections: number;
  /** What a body must bring on average once it has been coming for `graceSeconds`. */
  readonly bodies?: { readonly graceSeconds: number; readonly minBytesPerSecond: number };
}

/** Of a body that comes in after its request was answered, no more than this is read. */
const maxUnwantedBytes = 4 * 1024 * 1024;

const sweepMs = 1000;
const drainStepMs = 25;

/** What is known of a connection: the last request that came on it, and since when its body is waited for. */
interface Connection {
  readonly socket: Socket;
  response?: ServerResponse<IncomingMessage>;
  /** An answer is due before that of the last request. */
  isPipelined: boolean;
  body?: { readonly of: ServerResponse; readonly sinceMs: number; readonly bytesBefore: number };
}

/**
 * Watches the connections of a server: bodies that come too slowly, or after their request was refused, end the connection; and
 * a stop takes no longer than it is given, whatever clients keep open. It costs a request one look into a map.
 * It listens to `checkContinue` and `checkExpectation` as well, so the server has to answer these events itself: Node then
 * emits no `request` for them.
 */
export class Connections {
  readonly #server: Server;
  readonly #rules: ConnectionRules;
  readonly #open = new Map<Duplex, Connection>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(server: Server, rules: ConnectionRules) {
    this.#server = server;
    this.#rules = rules;
    server.maxConnections = rules.maxConnections;
    server.on('connection', (socket) => {
      this.#open.set(socket, { socket, isPipelined: false });
      socket.once('close', () => this.#open.delete(socket));
    });
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      server.prependListener(event, (_request, response) => this.#note(response));
    }
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
      for (const connection of this.#open.values()) {
        if (isOver) connection.socket.destroy();
        else if (!isBusy(connection)) connection.socket.destroySoon();
      }
      await Promise.race([closing, setTimeout(drainStepMs)]);
    }
  }

  /**
   * Whether what is written to the socket now would be taken for the answer to the last request or to one that has not
   * come yet: neither in the middle of an answer, nor before one that is due, nor after the last request was answered.
   */
  canRefuse(socket: Duplex): boolean {
    const connection = this.#open.get(socket);
    if (connection === undefined || !socket.writable) return false;
    const { response, isPipelined } = connection;
    if (response === undefined) return true;
    if (response.req.complete) return response.writableFinished;
    return !isPipelined && !response.headersSent;
  }

  /** The answer to a request that came whole and is not answered yet; what follows it must not be refused before. */
  dueAnswer(socket: Duplex): ServerResponse | undefined {
    const response = this.#open.get(socket)?.response;
    return response?.req.complete && !response.writableFinished && socket.writable ? response : undefined;
  }

  #note(response: ServerResponse): void {
    const connection = this.#open.get(response.req.socket);
    if (connection === undefined) return;
    connection.isPipelined = connection.response !== undefined && !connection.response.writableFinished;
    connection.response = response;
  }

  #sweep(nowMs: number): void {
    for (const connection of this.#open.values()) {
      const { socket, response } = connection;
      if (response === undefined || response.req.complete) {
        delete connection.body;
        continue;
      }
      if (connection.body?.of !== response) {
        connection.body = { of: response, sinceMs: nowMs, bytesBefore: socket.bytesRead };
        continue;
      }
      const received = socket.bytesRead - connection.body.bytesBefore;
      const isUnwanted = response.writableFinished && received > maxUnwantedBytes;
      if (isUnwanted || this.#isTooSlow(received, (nowMs - connection.body.sinceMs) / 1000)) {
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

function isBusy({ response }: Connection): boolean {
  return response !== undefined && !response.writableFinished && !response.destroyed;
}
