import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Stands between a client and PostgreSQL: counts the round trips, and can fall silent or hang up as networks do.
 */
export interface Relay extends AsyncDisposable {
  /** The database's address through the relay. */
  readonly url: string;
  /** How many answers the server has finished: each ends in ReadyForQuery (PostgreSQL manual, "Message Formats"). */
  readonly roundTrips: number;
  /** From now on nothing passes, and connections stay open. */
  fallSilent(): void;
  /** Breaks all connections; `refuse` new ones too, until it is set to false. */
  hangUp(options?: { readonly refuse: boolean }): void;
  /** Passes everything again, for connections made from now on. */
  recover(): void;
}

export async function startRelay(databaseUrl: string): Promise<Relay> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: 'open' | 'silent' | 'refusing' = 'open';
  let roundTrips = 0;

  const relay = createServer((client) => {
    if (state === 'refusing') {
      client.destroy();
      return;
    }
    const server = connect(Number(target.port || 5432), target.hostname);
    const countAnswers = createAnswerCounter(() => {
      roundTrips += 1;
    });
    const pass = (from: Socket, to: Socket) => {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (state !== 'silent') to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    };
    pass(client, server);
    pass(server, client);
    server.on('data', countAnswers);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => relay.once('listening', resolve));

  const url = new URL(databaseUrl);
  // a listening TCP server's address is never a string
  url.port = String((relay.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    get roundTrips() {
      return roundTrips;
    },
    fallSilent() {
      state = 'silent';
    },
    hangUp({ refuse } = { refuse: false }) {
      if (refuse) state = 'refusing';
      hangUp();
    },
    recover() {
      state = 'open';
    },
    async [Symbol.asyncDispose]() {
      hangUp();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}

/** Reads the server's messages, a type byte and a length each, however TCP cuts them. */
function createAnswerCounter(onReady: () => void): (chunk: Buffer) => void {
  const readyForQuery = 'Z'.charCodeAt(0);
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const end = 1 + rest.readUInt32BE(1);
      if (rest.length < end) return;
      if (rest[0] === readyForQuery) onReady();
      rest = rest.subarray(end);
    }
  };
}
