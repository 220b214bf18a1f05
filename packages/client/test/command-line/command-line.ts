import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Service, startService } from '../service.ts';

const program = fileURLToPath(new URL('../../../server/bin/bkend-storage.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as it is installed, in a folder of a test's own, beside a running service. */
export interface CommandLine extends AsyncDisposable {
  readonly service: Service;
  /** With the address and the key of the service. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How a shell starts it. */
  readonly program: string;
  /** A new empty folder. */
  folder(): Promise<string>;
  start(folder: string, ...words: string[]): ChildProcess;
  run(folder: string, ...words: string[]): Promise<Ended>;
  /** As the user `nobody`, for whom permissions hold; of use to root only. */
  runAsNobody(folder: string, ...words: string[]): Promise<Ended>;
  /** What a shell makes of a line in which `bks` is the program. */
  shell(folder: string, line: string): Promise<Ended>;
  /** The id of a new file. */
  upload(content: string | Uint8Array, filename: string): Promise<string>;
}

export async function startCommandLine(): Promise<CommandLine> {
  const service = await startService();
  const env = {
    ...process.env,
    HOME: service.directory,
    XDG_CONFIG_HOME: join(service.directory, 'config'),
    BKEND_API_URL: service.api.url,
    BKEND_API_KEY: service.secretKey,
    BKEND_IMAGES_URL: service.imagesUrl,
  };
  const start = (cwd: string, ...words: string[]) =>
    spawn(process.execPath, [program, ...words], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const nobody = { uid: 65_534, gid: 65_534 };
  // Of root alone until now.
  await chmod(service.directory, 0o755);
  return {
    service,
    env,
    program: `"${process.execPath}" "${program}"`,
    async folder() {
      const folder = await mkdtemp(join(service.directory, 'folder-'));
      await chmod(folder, 0o755);
      return folder;
    },
    start,
    run: (cwd, ...words) => ended(start(cwd, ...words)),
    runAsNobody: (cwd, ...words) =>
      ended(
        spawn(process.execPath, [program, ...words], {
          ...nobody,
          env: { ...env, HOME: '/nonexistent' },
          cwd,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      ),
    shell(cwd, line) {
      const script = `bks() { "${process.execPath}" "${program}" "$@"; }; ${line}`;
      return ended(spawn('bash', ['-c', script], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
    },
    async upload(content, filename) {
      const { createStorage } = await import('@bkend/storage');
      const { url } = service.api;
      const storage = createStorage({ url, apiKey: service.secretKey, journal: false });
      return (await storage.upload(content, { filename, contentType: 'application/octet-stream' })).id;
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** What it printed, and how it ended. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}
