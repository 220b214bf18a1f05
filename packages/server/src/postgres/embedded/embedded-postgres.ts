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
import { databaseUrl, postgresDirectory } from './find-embedded-database.ts';
import { dataPath, type Launch, launchFailure, prepareLaunch } from './launch.ts';
import { findOperatingUser, requireClusterOf } from './operating-user.ts';
import { choosePort } from './port.ts';
import { findPostmaster, stopLeftoverPostmaster, stopProcess } from './postmaster.ts';
import { serverSettings } from './server-settings.ts';

/** The embedded PostgreSQL, which listens on the loopback address only. */
export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string;
  /** Settles when the server ends unasked. */
  readonly failure: Promise<Error>;
}

export interface EmbeddedPostgresOptions {
  /** All files of the server are in `postgres` below it. */
  readonly dataDir: string;
  readonly log: Logger;
}

/** A cluster on which no server runs, with the programs to start one. */
export interface PreparedCluster {
  /** Our directory, which has the cluster. */
  readonly directory: string;
  readonly cluster: string;
  readonly launch: Launch;
  readonly password: string;
}

/**
 * Creates the cluster of a data directory, or upgrades that of an earlier version. A server that a killed parent left running
 * is stopped first. The caller holds the data directory's lock.
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
 * Starts PostgreSQL on the data directory, whose cluster it creates the first time; resolves when it accepts connections. The
 * caller holds the data directory's lock.
 * @throws an error with a sentence for the operator
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const prepared = await prepareCluster(options);
  const { server, port } = await startServer({ ...prepared, log: options.log });
  let isStopping = false;
  const ended = once(server, 'exit');
  // When this process ends without stopping it, the server ends as well: no process needs it.
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

/** Temporary failures: another process took the port a moment ago; the processes of a killed server are still ending. */
const passing = /Address already in use|pre-existing shared memory block/;
const patienceMs = 15_000;

async function startServer(options: ServerOptions): Promise<{ server: ChildProcess; port: number }> {
  const { directory, cluster } = options;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const port = await choosePort(directory);
    const started = await tryServer(options, port);
    if (started.server) {
      // `postmaster.pid`, which other processes read, is written a moment after the log.
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

/** Resolves when the server accepts connections or has ended. Without a timeout: recovery from a crash takes any time. */
async function tryServer({ cluster, launch, log }: ServerOptions, port: number): Promise<Attempt> {
  // Our own setting names the cluster in lists of processes.
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

/** Lets other users pass through folders without listing them. */
async function letOthersPass(directories: readonly string[]): Promise<void> {
  for (const path of directories) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) await chmod(path, (mode & 0o777) | 0o011);
  }
}

/**
 * PostgreSQL's severities as levels of our log. An `ERROR` concerns one client, our own, which reports it itself (PostgreSQL
 * documentation, table "Message Severity Levels").
 */
const levels = {
  LOG: 'debug',
  ERROR: 'debug',
  WARNING: 'warn',
  FATAL: 'warn',
  PANIC: 'error',
} as const;

/** Writes a line of the server's log to ours. */
function logServerLine(log: Logger, line: string): void {
  const match = /^([A-Z]+): {2}(.*)$/.exec(line);
  const severity = match?.[1];
  const level = isSeverity(severity) ? levels[severity] : 'debug';
  log[level]({ from: 'postgres' }, match?.[2] ?? line);
}

function isSeverity(text: string | undefined): text is keyof typeof levels {
  return text !== undefined && Object.hasOwn(levels, text);
}
