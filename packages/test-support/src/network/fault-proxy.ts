import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

/** Faults of a request in transit. */
export type Fault =
  /** The connection breaks after this number of bytes of the request's body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The connection breaks after this number of bytes of the response's body. */
  | { readonly kind: 'cut-answer'; readonly afterBytes: number }
  /** The request is carried out, and its answer lost. */
  | { readonly kind: 'lose-answer' }
  /** The request's body passes no faster. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** The answer comes without this header. */
  | { readonly kind: 'hide-header'; readonly name: string }
  /** Nothing happens any more. */
  | { readonly kind: 'stall' }
  /** One byte of the request's body arrives as another. */
  | { readonly kind: 'damage'; readonly atByte: number }
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
}

/** Headers by which a page of another origin may read a refusal, as API and object store send them. */
const readable = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' };

/** Stands between client and service, passes everything on unchanged, and injects the faults it is given. */
export class FaultProxy implements AsyncDisposable {
  /** Asked for every request; undefined lets it pass. */
  decide: (request: SeenRequest) => Fault | undefined = () => undefined;
  readonly seen: SeenRequest[] = [];
  /** Requests the service has answered to the end. */
  answered = 0;
  readonly #server: Server;
  #targetPort = 0;

  private constructor() {
    this.#server = createServer((incoming, answer) => this.#pass(incoming, answer));
    this.#server.requestTimeout = 0;
    // No other faults: an idle connection is not closed while its next request is on the way.
    this.#server.keepAliveTimeout = 0;
  }

  static async start(): Promise<FaultProxy> {
    const proxy = new FaultProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    // A server that listens on TCP has such an address.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param port of the service, on this machine */
  passTo(port: number): void {
    this.#targetPort = port;
  }

  /** Breaks all connections, as when a cable is pulled. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  /** Lets everything pass again, and forgets what it has seen. */
  calm(): void {
    this.decide = () => undefined;
    this.seen.length = 0;
    this.answered = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = '', url: path = '', rawHeaders } = incoming;
    this.seen.push({ method, path });
    const fault = this.decide({ method, path });
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'refuse') {
      answer.writeHead(fault.status, { ...readable, ...fault.headers }).end(fault.body ?? '');
      return;
    }
    const onward = request({
      host: '127.0.0.1',
      port: this.#targetPort,
      method,
      path,
      headers: toHeaders(rawHeaders),
    });
    const hangUp = () => {
      onward.destroy();
      incoming.socket.destroy();
    };
    let sentBytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      sentBytes += chunk.length;
      if (fault?.kind === 'cut' && sentBytes > fault.afterBytes) hangUp();
    });
    if (fault?.kind === 'cut' && fault.afterBytes === 0) hangUp();
    incoming.on('close', () => {
      if (!incoming.complete) onward.destroy();
    });
    if (fault?.kind === 'slow') incoming.pipe(throttle(fault.bytesPerSecond)).pipe(onward);
    else if (fault?.kind === 'damage') incoming.pipe(damageOne(fault.atByte)).pipe(onward);
    else incoming.pipe(onward);
    onward.on('error', hangUp);
    onward.on('response', (response) => {
      if (fault?.kind === 'lose-answer') {
        response.resume().on('end', hangUp);
        return;
      }
      const hidden = fault?.kind === 'hide-header' ? fault.name : undefined;
      answer.writeHead(response.statusCode ?? 0, withoutHeader(response.rawHeaders, hidden));
      let answeredBytes = 0;
      response.on('data', (chunk: Buffer) => {
        answeredBytes += chunk.length;
        if (fault?.kind === 'cut-answer' && answeredBytes > fault.afterBytes) hangUp();
      });
      response.on('end', () => {
        this.answered += 1;
      });
      response.on('error', hangUp);
      response.pipe(answer);
    });
  }
}

function throttle(bytesPerSecond: number): Transform {
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      setTimeout(done, (chunk.length * 1000) / bytesPerSecond, null, chunk);
    },
  });
}

function withoutHeader(raw: readonly string[], name: string | undefined): string[] {
  return raw.filter((_, index) => raw[index - (index % 2)]?.toLowerCase() !== name?.toLowerCase());
}

function damageOne(atByte: number): Transform {
  let position = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const index = atByte - position;
      position += chunk.length;
      if (index >= 0 && index < chunk.length) chunk.writeUInt8(chunk.readUInt8(index) ^ 1, index);
      done(null, chunk);
    },
  });
}

function toHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < raw.length; index += 2) headers[raw[index] ?? ''] = raw[index + 1] ?? '';
  return headers;
}
