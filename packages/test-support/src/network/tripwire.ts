import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands on every way from a process to what it works on, and counts what goes over them: each piece of a request and of an
 * answer is a step. The step it is set for is never delivered: its setter is notified instead, and nothing passes any more.
 */
export interface Tripwire extends AsyncDisposable {
  /** The targets' addresses through here, in their order. */
  readonly urls: readonly string[];
  /** Counts from now on, and resolves when step number `step` (from 0) has come and is held back. */
  set(step: number): Promise<void>;
  /** Lets everything pass again, for connections made from now on. @returns how many steps there were */
  release(): number;
}

export async function startTripwire(targets: readonly string[]): Promise<Tripwire> {
  const sockets = new Set<Socket>();
  let steps = 0;
  let trip: { at: number; tell(): void } | undefined;
  let isSprung = false;

  const passes = (): boolean => {
    if (isSprung) return false;
    if (trip !== undefined && steps++ === trip.at) {
      isSprung = true;
      trip.tell();
    }
    return !isSprung;
  };
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (chunk) => {
      if (passes()) to.write(chunk);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const servers: Server[] = [];
  const listen = async (target: string): Promise<string> => {
    const url = new URL(target);
    const [hostname, port] = [url.hostname, Number(url.port)];
    const server = createServer((client) => {
      const upstream = connect(port, hostname);
      pass(client, upstream);
      pass(upstream, client);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    // A listening TCP server's address is never a string.
    url.port = String((server.address() as AddressInfo).port);
    return url.href;
  };

  return {
    urls: await Promise.all(targets.map(listen)),
    set(at) {
      steps = 0;
      return new Promise((resolve) => {
        trip = { at, tell: resolve };
      });
    },
    release() {
      trip = undefined;
      isSprung = false;
      for (const socket of sockets) socket.destroy();
      return steps;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
