import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const loopback = '127.0.0.1';

/** Below the ports that systems give to outgoing connections, so that none of those sits on ours while we are away. */
const firstPort = 15_000;
const lastPort = 31_999;

/**
 * The port to listen on: the one of last time, unless somebody else has taken it; then any free one, which is kept for
 * the next time.
 */
export async function choosePort(directory: string): Promise<number> {
  const path = join(directory, 'port');
  const last = Number(await readFile(path, 'utf8').catch(() => ''));
  if (Number.isInteger(last) && last > 0 && (await isFree(last))) return last;
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
    if (!(await isFree(port))) continue;
    await writeFile(`${path}.tmp`, `${port}\n`, { mode: 0o600 });
    await rename(`${path}.tmp`, path);
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
