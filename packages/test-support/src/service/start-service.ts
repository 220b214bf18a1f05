import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../process/at-exit.ts';
import { eventually } from '../process/eventually.ts';
import { findFreePorts } from '../process/free-ports.ts';
import { binary } from '../process/run-command.ts';

/** Where a running service is; plain data, so that it can be handed to test processes. */
export interface ServiceAddresses {
  readonly apiUrl: string;
  readonly objectsUrl: string;
  readonly imagesUrl: string;
  readonly jobsUrl: string;
  readonly consoleUrl: string;
  /** The operations ports, by role; empty for a service that was not started here. */
  readonly operationsUrls: Readonly<Record<string, string>>;
  /** With this environment `bkend-storage` finds the service's database and store, and signs tokens it takes. */
  readonly env: Readonly<Record<string, string>>;
  /** Output of the service; empty for a service that was not started here. */
  readonly logFile: string;
}

export interface RunningService extends ServiceAddresses {
  readonly pid: number;
  readonly dataDir: string;
  /** Everything it has printed until now. */
  output(): Promise<string>;
  /** Every process of it, the supervisor first, as the kernel has them now. */
  processes(): Promise<ServiceProcess[]>;
  /** SIGTERM; the exit code, once it has ended. */
  stop(): Promise<number | null>;
  /** SIGKILL to all of its processes at once. */
  killAll(): Promise<void>;
  /** Stops it and removes what it kept. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServiceProcess {
  readonly pid: number;
  readonly command: string;
}

export interface StartOptions {
  /** Words after `serve`. */
  readonly words?: readonly string[];
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Left as it is when the service is disposed; otherwise one of its own. */
  readonly dataDir?: string;
  /** An open file that the process inherits, as its file 60. */
  readonly inheritedFile?: number;
}

/** Variables that any process needs. Settings of a service are given by the test that starts it, never inherited. */
const passedOn = /^(PATH|HOME|TMPDIR|LANG|NODE_.*)$/;

/** Starts a whole service on free ports; resolves when it says that it is ready. */
export async function startService(options: StartOptions = {}): Promise<RunningService> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'bkend-service-')));
  await mkdir(dataDir, { recursive: true });
  const env = await makeEnv(dataDir, options.env ?? {});
  const logFile = join(tmpdir(), `bkend-service-${randomBytes(6).toString('hex')}.log`);
  const child = spawn(process.execPath, [binary, 'serve', ...(options.words ?? [])], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...inheritedFiles(options)],
    cwd: tmpdir(),
  });
  if (child.stdout === null || child.stderr === null) throw new Error('The output is not connected.');
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const isEnded = atExit(() => child.kill('SIGTERM'));
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  void exited.then(isEnded);
  const stop = async () => {
    child.kill('SIGTERM');
    return exited;
  };
  const addresses = addressesOf(env, logFile);
  const service: RunningService = {
    ...addresses,
    // A process that could be spawned has an id.
    pid: child.pid as number,
    dataDir,
    output: () => readFile(logFile, 'utf8'),
    processes: () => processesOf(child),
    stop,
    async killAll() {
      const processes = await processesOf(child);
      // The supervisor first, or it would start anew what it sees ending.
      for (const { pid } of processes) kill(pid);
      await exited;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      log.end();
      await rm(logFile, { force: true });
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await untilReady(service, { child, words: options.words ?? [] });
    return { ...service, operationsUrls: await readOperationsUrls(service, options.words ?? []) };
  } catch (error) {
    const output = await service.output();
    await service[Symbol.asyncDispose]();
    throw new Error(`The service did not start. It printed:\n${output}`, { cause: error });
  }
}

function inheritedFiles({ inheritedFile }: StartOptions): ('ignore' | number)[] {
  return inheritedFile === undefined ? [] : [...Array<'ignore'>(57).fill('ignore'), inheritedFile];
}

async function makeEnv(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const [api, objects, images, console, jobs] = await findFreePorts(5);
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => passedOn.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(inherited),
    // Receivers of webhooks listen on this machine.
    BKEND_WEBHOOK_ALLOW_PRIVATE: 'true',
    BKEND_DATA_DIR: dataDir,
    BKEND_API_PORT: `${api}`,
    BKEND_OBJECTS_PORT: `${objects}`,
    BKEND_IMAGES_PORT: `${images}`,
    BKEND_CONSOLE_PORT: `${console}`,
    BKEND_JOBS_PORT: `${jobs}`,
    // Any free ones: a test that asks for free ports must not find one of these a moment later.
    BKEND_API_OPERATIONS_PORT: '0',
    BKEND_OBJECTS_OPERATIONS_PORT: '0',
    BKEND_IMAGES_OPERATIONS_PORT: '0',
    BKEND_CONSOLE_OPERATIONS_PORT: '0',
    BKEND_JOBS_OPERATIONS_PORT: '0',
    JWT_SECRET: randomBytes(32).toString('hex'),
    BKEND_RATE_LIMIT: '0',
    BKEND_CONSOLE_SIGN_IN_LIMIT: '1000000',
    BKEND_SHUTDOWN_DELAY_SECONDS: '0',
    ...settings,
  };
}

function addressesOf(env: Record<string, string>, logFile: string): ServiceAddresses {
  const { BKEND_API_PORT, BKEND_OBJECTS_PORT, BKEND_IMAGES_PORT, BKEND_CONSOLE_PORT, BKEND_JOBS_PORT } = env;
  const { S3_ENDPOINT } = env;
  return {
    apiUrl: `http://127.0.0.1:${BKEND_API_PORT}`,
    objectsUrl: S3_ENDPOINT ?? `http://127.0.0.1:${BKEND_OBJECTS_PORT}`,
    imagesUrl: `http://127.0.0.1:${BKEND_IMAGES_PORT}`,
    jobsUrl: `http://127.0.0.1:${BKEND_JOBS_PORT}`,
    consoleUrl: `http://127.0.0.1:${BKEND_CONSOLE_PORT}`,
    env,
    operationsUrls: {},
    logFile,
  };
}

/** Where the roles have said in the log that their operations are; a role's line may come after its first answer. */
async function readOperationsUrls(service: RunningService, words: readonly string[]) {
  const { env } = service;
  if (env.LOG_LEVEL !== undefined) return {};
  const all = ['api', 'images', 'console', 'jobs', ...(env.S3_ENDPOINT === undefined ? ['objects'] : [])];
  const only = words[words.indexOf('--only') + 1];
  const roles = words.includes('--only') ? all.filter((role) => role === only) : all;
  return eventually('the roles say where their operations are', async () => {
    const output = await service.output().catch(() => '');
    const lines = output.split('\n').filter((line) => line.includes('"operationsUrl"'));
    const urls = new Map(
      lines.map((line) => {
        // A line of our own log, in which these are texts.
        const { role = '', of = role, operationsUrl = '' } = JSON.parse(line) as Record<string, string>;
        return [of, operationsUrl];
      }),
    );
    return roles.every((role) => urls.has(role)) ? Object.fromEntries(urls) : undefined;
  });
}

async function untilReady(
  service: RunningService,
  { child, words }: { child: ChildProcess; words: readonly string[] },
): Promise<void> {
  const only = words[words.indexOf('--only') + 1];
  const urls = {
    api: service.apiUrl,
    images: service.imagesUrl,
    console: service.consoleUrl,
    jobs: service.jobsUrl,
  };
  const awaited = words.includes('--only')
    ? Object.entries(urls).filter(([role]) => role === only)
    : Object.entries(urls);
  await eventually(
    'the service is ready',
    async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('It ended.');
      const answers = await Promise.all(
        awaited.map(([, url]) => fetch(`${url}/health/ready`).catch(() => undefined)),
      );
      return answers.every((answer) => answer?.ok) || undefined;
    },
    { withinSeconds: 60 },
  );
}

/** The process and all that descend from it, from `/proc`. */
async function processesOf({ pid }: ChildProcess): Promise<ServiceProcess[]> {
  const { readdir } = await import('node:fs/promises');
  const all = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))),
  );
  const found: ServiceProcess[] = [];
  const parents = new Set([pid]);
  // A child's id may be below its parent's, so the walk continues until it finds no new process.
  for (let size = -1; size !== found.length; ) {
    size = found.length;
    for (const entry of all) {
      if (entry === undefined || found.some((known) => known.pid === entry.pid)) continue;
      if (entry.pid !== pid && !parents.has(entry.parent)) continue;
      parents.add(entry.pid);
      found.push({ pid: entry.pid, command: entry.command });
    }
  }
  return found.sort((a, b) => Number(b.pid === pid) - Number(a.pid === pid));
}

/** Undefined for a process that ended meanwhile, or that only waits to be buried. */
async function readProcess(pid: number) {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return undefined;
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}
