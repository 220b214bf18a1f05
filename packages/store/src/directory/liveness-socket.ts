import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** A unix socket that a process listens on for as long as it runs, however it ends. */
interface LivenessSocket {
  /** Name of the socket, which other processes connect to. */
  readonly name: string;
  end(): Promise<void>;
}

/** A socket's address has room for 104 to 108 bytes, with a NUL (unix(7)). */
const maxPathBytes = 103;

/**
 * Listens on a socket in this directory. The kernel refuses connections to it as soon as the process is gone, and processes in
 * other containers, which cannot see this one's pid, can try one too.
 *
 * @returns undefined where that cannot be: for a long path, or on a file system without sockets
 */
export async function openLivenessSocket(directory: string): Promise<LivenessSocket | undefined> {
  const name = randomBytes(4).toString('hex');
  const path = livenessPath(directory, name);
  if (Buffer.byteLength(path) > maxPathBytes) return undefined;
  const server = createServer((socket) => socket.destroy());
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  if (!isListening) return undefined;
  // It says that the process lives; it does not keep it alive.
  server.unref();
  return {
    name,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Whether the process behind the socket still runs. In doubt: true. */
export async function isAlive(directory: string, name: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(livenessPath(directory, name));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

/** @param name of a liveness socket */
export function livenessPath(directory: string, name: string): string {
  return join(directory, `${name}.alive`);
}
