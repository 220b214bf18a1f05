import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which a test writes bytes of its own. */
export interface RawConnection extends AsyncDisposable {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  /** All that has come so far, one character a byte. */
  readonly received: () => string;
  /** Resolves with all that has come when it fits; rejects when the connection ends before, or after `withinMs`. */
  until(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Resolves with all that has come when the store has ended the connection, or broken it. */
  ended(withinMs?: number): Promise<string>;
}

export async function connectRaw(endpoint: string): Promise<RawConnection> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, 'connect');
  let text = '';
  let isOver = false;
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    tell();
  });
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      isOver = true;
      tell();
    });
  }
  const wait = (holds: () => boolean, withinMs: number) =>
    new Promise<string>((resolve, reject) => {
      const settle = (how: () => void) => {
        clearTimeout(timer);
        watchers.delete(look);
        how();
      };
      const look = () => {
        if (holds()) settle(() => resolve(text));
        else if (isOver) settle(() => reject(new Error(`The connection ended after: ${text}`)));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`Only this came within ${withinMs} ms: ${text}`))),
        withinMs,
      );
      watchers.add(look);
      look();
    });
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    received: () => text,
    until: (pattern, withinMs = 10_000) => wait(() => pattern.test(text), withinMs),
    ended: (withinMs = 10_000) => wait(() => isOver, withinMs),
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}

/** A request as text. Host is added unless there is one. */
export function requestText(
  endpoint: string,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Buffer {
  const all = { host: new URL(endpoint).host, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`, 'latin1');
}

/** The head of an answer: its header lines as they came, but for those that differ each time. */
export function headLines(answer: string): string[] {
  const [head = ''] = answer.split('\r\n\r\n', 1);
  return head.split('\r\n').filter((line) => !/^(?:date|x-amz-request-id):/i.test(line));
}
