import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Texts in a stream that decide about its answer. */
export const clamdMarkers = {
  infected: 'bkend-test-infected',
  /** The daemon ends the connection without an answer. */
  hangsUp: 'bkend-test-hangs-up',
} as const;

/** A daemon that speaks as much of clamd's protocol as scans need. */
export interface FakeClamd extends AsyncDisposable {
  /** For `BKEND_CLAMD_URL`. */
  readonly url: string;
  /** Streams that it has answered. */
  readonly scanned: number;
  /** The most streams that were open at once. */
  readonly mostAtOnce: number;
  /** From now on streams get no answer, and `PING` does. */
  hold(): void;
  /** Answers the streams that wait, and all later ones. */
  release(): void;
  /** Accepts no connection, until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

/** @param options.maxBytes `StreamMaxLength`: longer streams are refused */
export async function startFakeClamd({ maxBytes = 1024 * 1024 } = {}): Promise<FakeClamd> {
  const sockets = new Set<Socket>();
  let held: (() => void)[] | undefined;
  let scanned = 0;
  let open = 0;
  let mostAtOnce = 0;
  const answer = (socket: Socket, text: string) => {
    const send = () => {
      scanned += 1;
      socket.end(`${text}\0`);
    };
    if (held === undefined) send();
    else held.push(send);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    let content = '';
    let length = 0;
    let isStream = false;
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (!isStream) {
        const end = received.indexOf(0);
        if (end < 0) return;
        const command = received.subarray(0, end).toString();
        received = received.subarray(end + 1);
        if (command === 'zPING') return void socket.end('PONG\0');
        if (command !== 'zINSTREAM') return void socket.end('UNKNOWN COMMAND\0');
        isStream = true;
        open += 1;
        mostAtOnce = Math.max(mostAtOnce, open);
        socket.once('close', () => {
          open -= 1;
        });
      }
      while (received.length >= 4) {
        const size = received.readUInt32BE(0);
        if (size === 0) {
          if (content.includes(clamdMarkers.hangsUp)) return void socket.destroy();
          const isInfected = content.includes(clamdMarkers.infected);
          return answer(socket, isInfected ? 'stream: Bkend.Test.Marker FOUND' : 'stream: OK');
        }
        if (received.length < 4 + size) return;
        length += size;
        if (length > maxBytes) return void socket.end('INSTREAM size limit exceeded. ERROR\0');
        content = (content + received.subarray(4, 4 + size).toString('latin1')).slice(-1024 * 1024);
        received = received.subarray(4 + size);
      }
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    // A listening TCP server's address is never a path.
    return (server.address() as AddressInfo).port;
  };
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `tcp://127.0.0.1:${port}`,
    get scanned() {
      return scanned;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    hold() {
      held ??= [];
    },
    release() {
      const waiting = held ?? [];
      held = undefined;
      for (const send of waiting) send();
    },
    goAway: close,
    comeBack: async () => void (await listen(port)),
    [Symbol.asyncDispose]: close,
  };
}
