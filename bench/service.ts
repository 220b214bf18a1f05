import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A whole service of our own on free ports over a fresh data directory. */
export interface Service extends AsyncDisposable {
  readonly apiUrl: string;
  readonly objectsUrl: string;
  readonly imagesUrl: string;
  readonly secretKey: string;
  readonly dataDir: string;
  /** Resident memory of one role's process, in bytes. */
  memoryOf(role: string): Promise<number>;
}

const program = fileURLToPath(new URL('../packages/server/bin/bkend-storage.js', import.meta.url));

/** Starts the service as a user would and waits until it says that it is ready. */
export async function startService(environment: Record<string, string> = {}): Promise<Service> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bkend-bench-'));
  const [api, objects, images] = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(process.execPath, [program, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      BKEND_DATA_DIR: dataDir,
      BKEND_API_PORT: String(api),
      BKEND_OBJECTS_PORT: String(objects),
      BKEND_IMAGES_PORT: String(images),
      BKEND_RATE_LIMIT: '0',
      LOG_LEVEL: 'error',
      ...environment,
    },
  });
  const secretKey = await firstMatch(child, /sk_[0-9a-f]{64}/);
  return {
    apiUrl: `http://127.0.0.1:${api}`,
    objectsUrl: `http://127.0.0.1:${objects}`,
    imagesUrl: `http://127.0.0.1:${images}`,
    secretKey,
    dataDir,
    memoryOf: async (role) => residentBytes(await findRole(child, role)),
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (!child.stdout) throw new Error('the service has no standard output');
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const match = pattern.exec(text)?.[0];
    if (match !== undefined) return match;
  }
  throw new Error(`the service ended without saying ${pattern}: ${text}`);
}

/** The child process that runs a role: each has its role's name in its command line. */
async function findRole(supervisor: ChildProcess, role: string): Promise<number> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [status, command] = await Promise.all(
      ['status', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    const parent = /^PPid:\s+(\d+)$/m.exec(status ?? '')?.[1];
    if (Number(parent) === supervisor.pid && command?.split('\0').includes(role)) return Number(name);
  }
  throw new Error(`no process of role ${role}`);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
