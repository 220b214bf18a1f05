import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface KeepAliveLoad {
  /** URLs that a connection requests in order, repeatedly; all of one host. */
  readonly urlsOf: (connection: number) => readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Expected status of every response. */
  readonly status: number;
  readonly connections: number;
  readonly seconds: number;
}

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * Requests repeatedly over connections that stay open; returns responses per second. Reads only the status and the length of a
 * response, so that the server is the busy side: a client that parses every byte is slower than it.
 */
export async function keepAliveLoad(load: KeepAliveLoad): Promise<number> {
  const lists = Array.from({ length: load.connections }, (_, connection) =>
    load.urlsOf(connection).map((url) => requestFor(url, load.headers)),
  );
  const { hostname, port } = new URL(load.urlsOf(0)[0] ?? '');
  const sockets = lists.map(() => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const start = performance.now();
  const end = start + load.seconds * 1000;
  const counts = await Promise.all(
    sockets.map((socket, connection) => askUntil(end, socket, { requests: lists[connection] ?? [], load })),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (total * 1000) / (performance.now() - start);
}

function requestFor(url: string, headers: KeepAliveLoad['headers']): Buffer {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`GET ${pathname}${search} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1');
}

function askUntil(
  end: number,
  socket: Socket,
  { requests, load }: { readonly requests: readonly Buffer[]; readonly load: KeepAliveLoad },
): Promise<number> {
  return new Promise((resolve, reject) => {
    let answered = 0;
    let missing = 0;
    const ask = () => socket.write(requests[answered % requests.length] ?? '');
    socket.on('error', reject);
    socket.on('close', () => resolve(answered));
    socket.on('data', (chunk) => {
      try {
        if (missing === 0) missing = lengthOf(chunk, load);
      } catch (error) {
        reject(error);
        socket.destroy();
        return;
      }
      missing -= chunk.length;
      if (missing > 0) return;
      answered++;
      if (performance.now() < end) ask();
      else socket.end();
    });
    ask();
  });
}

/** Length of a whole response in bytes, from its first chunk; heads are small enough to come in one piece. */
function lengthOf(beginning: Buffer, { status }: KeepAliveLoad): number {
  const headEnd = beginning.indexOf(endOfHead);
  const head = beginning.toString('latin1', 0, headEnd);
  if (headEnd < 0 || !head.startsWith(`HTTP/1.1 ${status} `))
    throw new Error(`Instead of ${status}: ${head.slice(0, 40)}`);
  const [, length = '0'] = /\ncontent-length: (\d+)/i.exec(head) ?? [];
  return headEnd + endOfHead.length + Number(length);
}
