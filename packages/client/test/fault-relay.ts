import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A fault of a TCP connection. */
export type ConnectionFault =
  /** After `afterBytes` in this direction it breaks: for the client with a reset, or with a normal end. */
  | { readonly kind: 'reset' | 'end'; readonly towards: Direction; readonly afterBytes: number }
  /** After `afterBytes` in this direction no byte passes in either. */
  | { readonly kind: 'freeze'; readonly towards: Direction; readonly afterBytes: number };

export type Direction = 'server' | 'client';

/** Relays TCP connections between client and service, and breaks them at any byte, without regard to requests. */
export class FaultRelay implements AsyncDisposable {
  /** The fault of each connection, counted from 0 since the last `reset`; undefined for none. */
  decide: (connection: number) => ConnectionFault | undefined = () => undefined;
  /** Called at each fault. */
  onFault: () => void = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort = 0;
  #connections = 0;

  private constructor() {
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(): Promise<FaultRelay> {
    const relay = new FaultRelay();
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get url(): string {
    // A server that listens on TCP has such an address.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param url of a server on this machine */
  passTo(url: string): void {
    this.#targetPort = Number(new URL(url).port);
  }

  /** Breaks all connections, and passes new ones without faults. */
  reset(): void {
    this.decide = () => undefined;
    this.onFault = () => {};
    this.#connections = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.#targetPort, '127.0.0.1');
    const fault = this.decide(this.#connections++);
    const apply = () => {
      this.onFault();
      if (fault?.kind === 'freeze') {
        client.pause().removeAllListeners('data');
        server.pause().removeAllListeners('data');
        return;
      }
      // Bytes that passed before still arrive.
      server.end();
      if (fault?.kind === 'reset') client.resetAndDestroy();
      else client.destroySoon();
    };
    this.#pass(client, server, fault?.towards === 'server' ? { fault, apply } : undefined);
    this.#pass(server, client, fault?.towards === 'client' ? { fault, apply } : undefined);
  }

  #pass(from: Socket, to: Socket, cut: { fault: ConnectionFault; apply: () => void } | undefined): void {
    this.#sockets.add(from);
    let passed = 0;
    from.on('data', (chunk: Buffer) => {
      const left = (cut?.fault.afterBytes ?? Infinity) - passed;
      passed += chunk.length;
      const isReady = to.write(chunk.subarray(0, left));
      if (cut && chunk.length >= left) {
        from.removeAllListeners('data').pause();
        cut.apply();
      } else if (!isReady) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}
