import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSecrets } from '../../data-dir/secrets.ts';
import type { Logger } from '../../observability/logger.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { databaseUrl, postgresDirectory } from './embedded-database-url.ts';
import { type Launch, launchFailure, prepareLaunch } from './launch.ts';
import { findOperatingUser } from './operating-user.ts';
import { choosePort } from './port.ts';
import { findPostmaster, stopLeftoverPostmaster, stopProcess } from './postmaster.ts';
import { logServerLine } from './server-log.ts';
import { serverSettings } from './server-settings.ts';

/** A PostgreSQL of our own, listening on the loopback address only. */
export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string;
  /** Settles when the server ends without having been told to. */
  readonly failure: Promise<Error>;
}

export interface EmbeddedPostgresOptions {
  /** Everything of the server's is kept in `postgres` below it. */
  readonly dataDir: string;
  readonly log: Logger;
}

/**
 * Starts PostgreSQL on the data directory, making its files the first time; resolves when it takes connections. One that was
 * left running by a parent that was killed is stopped first. The caller holds the data directory's lock.
 * @throws an error with a sentence for the operator
 */
export async function startEmbeddedPostgres({
  dataDir,
  log,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new Error('The embedded PostgreSQL does not run on Windows: set DATABASE_URL to one of yours.');
  }
  const directory = postgresDirectory(dataDir);
  const cluster = join(directory, 'cluster');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const user = await findOperatingUser(cluster);
  if (user) await letOthersPass([dataDir, directory]);
  const binaries = await findBinaries(join(directory, 'lib'));
  const launch = await prepareLaunch({ binaries, user, directory });
  const { postgresPassword: password } = await readSecrets(dataDir);
  if (await stopLeftoverPostmaster(cluster)) log.warn('stopped a PostgreSQL that was left running');
  await ensureCluster({ initdb: binaries.initdb, launch, directory, user, password });

  const { server, port } = await startServer({ directory, program: binaries.postgres, launch, log });
  let isStopping = false;
  const ended = once(server, 'exit');
  // Should this process end without stopping it, a server without us would be of no use to anybody.
  const stopWithUs = () => server.kill('SIGINT');
  process.once('exit', stopWithUs);
  return {
    url: databaseUrl(port, password),
    failure: new Promise((resolve) => {
      ended.then(([code, signal]) => {
        process.off('exit', stopWithUs);
        if (!isStopping) resolve(new Error(`PostgreSQL ended by itself (${signal ?? `exit code ${code}`}).`));
      });
    }),
    async [Symbol.asyncDispose]() {
      isStopping = true;
      if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
      await stopProcess(server.pid);
      await ended;
    },
  };
}

interface ServerOptions {
  readonly directory: string;
  readonly program: string;
  readonly launch: Launch;
  readonly log: Logger;
}

/** What passes by itself: somebody took the port just now; the processes of a killed server are still on their way out. */
const passing = /Address already in use|pre-existing shared memory block/;
const patienceMs = 15_000;

async function startServer(options: ServerOptions): Promise<{ server: ChildProcess; port: number }> {
  const { directory } = options;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const port = await choosePort(directory);
    const started = await tryServer(options, port);
    if (started.server) {
      // Its file, which other processes look at, says so a moment after its log.
      while ((await findPostmaster(join(directory, 'cluster')))?.isReady === false) await sleep(1);
      return { server: started.server, port };
    }
    if (!passing.test(started.complaint) || performance.now() > deadline) {
      throw new Error(
        `PostgreSQL did not start on ${directory}:\n${started.complaint}\nSet DATABASE_URL to use one of yours instead.`,
      );
    }
    await sleep(100);
  }
}

type Attempt = { readonly server: ChildProcess } | { readonly server?: never; readonly complaint: string };

/** Resolves when the server takes connections or has ended; how long recovery from a crash takes, nobody can say. */
async function tryServer({ directory, program, launch, log }: ServerOptions, port: number): Promise<Attempt> {
  const settings = Object.entries({ ...serverSettings, port: String(port) });
  const server = launch(
    program,
    ['-D', join(directory, 'cluster'), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // In a session of its own, where the Ctrl-C of a terminal does not reach it: it is stopped after its clients.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const { stderr } = server;
  if (stderr === null) throw new Error('The standard error of PostgreSQL is not connected.');
  const complaints: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: stderr }).on('line', (line) => {
      logServerLine(log, line);
      if (line.includes('database system is ready to accept connections')) resolve({ server });
      if (!line.startsWith('LOG:') || passing.test(line)) complaints.push(line);
    });
    server.once('error', (error) => reject(launchFailure(error, directory)));
    server.once('close', (code, signal) => {
      const complaint = complaints.join('\n') || `It ended with ${signal ?? `exit code ${code}`}.`;
      resolve({ complaint });
    });
  });
}

/** Lets other users pass through folders, without letting them see what is in there. */
async function letOthersPass(directories: readonly string[]): Promise<void> {
  for (const path of directories) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) await chmod(path, (mode & 0o777) | 0o011);
  }
}
