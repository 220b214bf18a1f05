import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Status and headers of a response. */
export interface Head {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * Requests whole responses of one server over connections that stay open. Parses heads and only counts the bytes of bodies: the
 * client shares the cores with the server, and its own work would be measured as the server's.
 */
export class KeptConnections implements Disposable {
  readonly #url: URL;
  readonly #idle: Socket[] = [];

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Resolves with the head once the whole response has been received. */
  async get(path: string): Promise<Head> {
    const socket = this.#idle.pop() ?? (await this.#connect());
    const answered = readResponse(socket);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#url.host}\r\n\r\n`, 'latin1');
    const head = await answered;
    if (head.headers.get('connection')?.toLowerCase() === 'close') socket.destroy();
    else this.#idle.push(socket);
    return head;
  }

  async #connect(): Promise<Socket> {
    const { hostname, port } = this.#url;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    // A server closes connections that are idle for a while.
    socket.on('close', () => {
      const index = this.#idle.indexOf(socket);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    // A pending request gets the error through its own listener; an idle connection only closes.
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#idle) socket.destroy();
  }
}

function readResponse(socket: Socket): Promise<Head> {
  return new Promise((resolve, reject) => {
    let beginning: Buffer = Buffer.alloc(0);
    let head: Head | undefined;
    let missing = 0;
    const settle = (finish: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      finish();
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => onError(new Error('The connection ended within a response.'));
    const onData = (chunk: Buffer) => {
      missing -= chunk.length;
      if (head === undefined) {
        beginning = beginning.length === 0 ? chunk : Buffer.concat([beginning, chunk]);
        const end = beginning.indexOf(endOfHead);
        if (end < 0) return;
        head = readHead(beginning.toString('latin1', 0, end));
        const length = head.headers.get('content-length');
        if (length === undefined) return onError(new Error('A response has no Content-Length.'));
        missing = end + endOfHead.length + Number(length) - beginning.length;
      }
      const whole = head;
      if (missing <= 0) settle(() => resolve(whole));
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
  });
}

function readHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(' ')[1]), headers: new Map(headers) };
}
