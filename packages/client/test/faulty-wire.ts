import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of a connection, whatever is sent through it. */
export type Fate =
  /** After so many bytes in this direction it breaks: for the client with a reset, or as if the other side had ended it. */
  | { readonly kind: 'reset' | 'end'; readonly towards: Direction; readonly afterBytes: number }
  /** After so many bytes in this direction nothing passes any more, in either. */
  | { readonly kind: 'freeze'; readonly towards: Direction; readonly afterBytes: number };

export type Direction = 'server' | 'client';

/** A network between client and service, as TCP sees it: it knows nothing of requests and cuts wherever it is told to. */
export class FaultyWire implements AsyncDisposable {
  /** Asked for every connection, which are counted from 0 since the last `calm`; undefined lets it be. */
  draw: (connection: number) => Fate | undefined = () => undefined;
  /** Called when a fate has struck. */
  onStrike: () => void = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort = 0;
  #connections = 0;

  private constructor() {
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(): Promise<FaultyWire> {
    const wire = new FaultyWire();
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    // A server that listens on TCP has such an address.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param url of what is on this machine too */
  leadTo(url: string): void {
    this.#targetPort = Number(new URL(url).port);
  }

  /** Breaks all connections, and does no harm to those that come. */
  calm(): void {
    this.draw = () => undefined;
    this.onStrike = () => {};
    this.#connections = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calm();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.#targetPort, '127.0.0.1');
    const fate = this.draw(this.#connections++);
    const strike = () => {
      this.onStrike();
      if (fate?.kind === 'freeze') {
        client.pause().removeAllListeners('data');
        server.pause().removeAllListeners('data');
        return;
      }
      // What has passed before arrives.
      server.end();
      if (fate?.kind === 'reset') client.resetAndDestroy();
      else client.destroySoon();
    };
    this.#pass(client, server, fate?.towards === 'server' ? { fate, strike } : undefined);
    this.#pass(server, client, fate?.towards === 'client' ? { fate, strike } : undefined);
  }

  #pass(from: Socket, to: Socket, doom: { fate: Fate; strike: () => void } | undefined): void {
    this.#sockets.add(from);
    let passed = 0;
    from.on('data', (chunk: Buffer) => {
      const left = (doom?.fate.afterBytes ?? Infinity) - passed;
      passed += chunk.length;
      const isReady = to.write(chunk.subarray(0, left));
      if (doom && chunk.length >= left) {
        from.removeAllListeners('data').pause();
        doom.strike();
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
