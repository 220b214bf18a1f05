import { createServer } from 'node:net';
import { join } from 'node:path';
import { readOwnFile, replaceOwnFile } from '../../data-dir/own-files.ts';

export const loopback = '127.0.0.1';

/** Below the ports that systems give to outgoing connections, so that none of those takes ours while the server is down. */
const firstPort = 15_000;
const lastPort = 31_999;

/**
 * The port to listen on: the last one, unless another process has taken it; then any free one, which is kept for the next
 * start.
 */
export async function choosePort(directory: string): Promise<number> {
  const path = join(directory, 'port');
  const last = Number((await readOwnFile(path)) ?? '');
  if (Number.isInteger(last) && last > 0 && (await isFree(last))) return last;
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
    if (!(await isFree(port))) continue;
    await replaceOwnFile(path, `${port}\n`);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
