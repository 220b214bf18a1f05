import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureOwnDirectory } from '../../data-dir/own-files.ts';
import { readSecrets } from '../../data-dir/secrets.ts';
import type { Logger } from '../../observability/logger.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { dataPath } from './data-path.ts';
import { databaseUrl, postgresDirectory } from './embedded-database-url.ts';
import { type Launch, launchFailure, prepareLaunch } from './launch.ts';
import { findOperatingUser, requireClusterOf } from './operating-user.ts';
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

/** A cluster on which no server runs, and what starts one. */
export interface PreparedCluster {
  /** Ours, the cluster in it. */
  readonly directory: string;
  readonly cluster: string;
  readonly launch: Launch;
  readonly password: string;
}

/**
 * Makes the cluster of a data directory, or what an earlier version left fit for this one. A server that was left running by a
 * parent that was killed is stopped first. The caller holds the data directory's lock.
 * @throws an error with a sentence for the operator
 */
export async function prepareCluster({ dataDir, log }: EmbeddedPostgresOptions): Promise<PreparedCluster> {
  if (process.platform === 'win32') {
    throw new Error('The embedded PostgreSQL does not run on Windows: set DATABASE_URL to one of yours.');
  }
  const directory = postgresDirectory(dataDir);
  const cluster = join(directory, 'cluster');
  await ensureOwnDirectory(directory);
  const user = await findOperatingUser(cluster);
  if (user) await requireClusterOf(user, cluster);
  const binaries = await findBinaries(join(directory, 'lib'));
  if (user && binaries.libraryPath !== undefined) await letOthersPass([dataDir, directory]);
  const launch = await prepareLaunch({ binaries, user, log });
  const { postgresPassword: password } = await readSecrets(dataDir);
  if (await stopLeftoverPostmaster(cluster)) log.warn('stopped a PostgreSQL that was left running');
  await ensureCluster({ launch, directory, user, password });
  return { directory, cluster, launch, password };
}

/**
 * Starts PostgreSQL on the data directory, making its files the first time; resolves when it takes connections. The caller
 * holds the data directory's lock.
 * @throws an error with a sentence for the operator
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const prepared = await prepareCluster(options);
  const { server, port } = await startServer({ ...prepared, log: options.log });
  let isStopping = false;
  const ended = once(server, 'exit');
  // Should this process end without stopping it, a server without us would be of no use to anybody.
  const stopWithUs = () => server.kill('SIGINT');
  process.once('exit', stopWithUs);
  return {
    url: databaseUrl(port, prepared.password),
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

interface ServerOptions extends PreparedCluster {
  readonly log: Logger;
}

/** What passes by itself: somebody took the port just now; the processes of a killed server are still on their way out. */
const passing = /Address already in use|pre-existing shared memory block/;
const patienceMs = 15_000;

async function startServer(options: ServerOptions): Promise<{ server: ChildProcess; port: number }> {
  const { directory, cluster } = options;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const port = await choosePort(directory);
    const started = await tryServer(options, port);
    if (started.server) {
      // Its file, which other processes look at, says so a moment after its log.
      while ((await findPostmaster(cluster))?.isReady === false) await sleep(1);
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
async function tryServer({ cluster, launch, log }: ServerOptions, port: number): Promise<Attempt> {
  // The setting of our own makes the cluster known to who lists processes.
  const settings = Object.entries({ ...serverSettings, port: String(port), 'bkend.cluster': cluster });
  const server = launch(
    'postgres',
    ['-D', dataPath(cluster), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // In a session of its own, where the Ctrl-C of a terminal does not reach it: it is stopped after its clients.
    { cwd: cluster, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
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
    server.once('error', (error) => reject(launchFailure(error)));
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
