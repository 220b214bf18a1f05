import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * A response whose body is held to its declared length, whatever writes it: a chunk that would go beyond `Content-Length` is not
 * sent, and neither is the end of a body that is shorter. Either way the connection is cut, because the bytes that follow would be
 * read as the next answer (RFC 9112, section 6.3). Given to `http.createServer` as its `ServerResponse`, so that it is a rule
 * of the host and not of a route.
 *
 * Made as Node makes its own: a class that extends it takes a fifth longer for an answer without a body.
 */
export const FramedResponse = function (this: ServerResponse, request: unknown, options: unknown): void {
  construct.call(this, request, options);
  this.strictContentLength = true;
  // Node calls it with `new`, which creates an object of this prototype.
} as unknown as typeof ServerResponse;

/** Node's constructor is a function of before classes, and can be called on an object. */
const construct = ServerResponse as unknown as (this: ServerResponse, ...from: unknown[]) => void;
const { write, end } = ServerResponse.prototype;

Object.setPrototypeOf(FramedResponse, ServerResponse);
Object.setPrototypeOf(FramedResponse.prototype, ServerResponse.prototype);

FramedResponse.prototype.write = function (...chunk: unknown[]): boolean {
  try {
    return write.apply(this, chunk as Parameters<ServerResponse['write']>);
  } catch (error) {
    cut(this, error);
    return false;
  }
};

FramedResponse.prototype.end = function (chunk?: unknown, encoding?: unknown, callback?: unknown) {
  try {
    return end.call(this, chunk, encoding as BufferEncoding, callback as () => void);
  } catch (error) {
    cut(this, error);
    return this;
  }
};

/** @throws what was thrown for another reason than the length */
function cut(response: ServerResponse, error: unknown): void {
  const isLengthMismatch =
    error instanceof Error && 'code' in error && error.code === 'ERR_HTTP_CONTENT_LENGTH_MISMATCH';
  if (!isLengthMismatch) throw error;
  response.destroy();
}

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
      if (response.socket === null) closeWithConnection(request.socket, response);
    });
  }
}

/** Responses that were queued behind others when their requests came, by connection; until they are closed. */
const queued = new WeakMap<Duplex, Set<ServerResponse>>();

/**
 * Closes a queued response when its connection closes. Node does so for the response whose turn it is alone: what waits for another
 * one, such as a pipeline or the reader of a file, would wait for ever, and keep what it holds.
 */
function closeWithConnection(socket: Duplex, response: ServerResponse): void {
  let responses = queued.get(socket);
  if (responses === undefined) {
    responses = new Set();
    queued.set(socket, responses);
    socket.once('close', () => closeAll(queued.get(socket)));
  }
  responses.add(response);
  response.once('close', () => responses.delete(response));
}

function closeAll(responses: Iterable<ServerResponse> = []): void {
  for (const response of [...responses]) {
    // Node closes the one that has the socket.
    if (response.socket !== null) continue;
    response.destroy();
    response.emit('close');
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

interface Ending {
  readonly response: ServerResponse;
  readonly body: Uint8Array | undefined;
}

/** Responses of one batch: clients on other cores get their first responses while the next batch is prepared. */
const maxTogether = 8;

let endings: Ending[] = [];

/**
 * Ends an answer together with others of this turn, at its end at the latest: writing an answer often wakes the process that waits
 * for it, and waking it for each takes longer than making the answers.
 * @param body what is left to send
 */
export function batchedEnd(response: ServerResponse, body?: Uint8Array): void {
  endings.push({ response, body });
  if (endings.length === 1) setImmediate(endAll);
  if (endings.length === maxTogether) endAll();
}

function endAll(): void {
  const due = endings;
  endings = [];
  for (const { response, body } of due) response.end(body);
}
