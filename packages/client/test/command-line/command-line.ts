import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStorage, type Storage } from '@bkend/storage';
import {
  type ProxiedService,
  startProxiedService,
} from '../../../test-support/src/service/proxied-service.ts';

/** The uid of the user `nobody` on Debian. It owns no files. */
export const unprivilegedId = 65_534;

const program = fileURLToPath(new URL('../../../server/bin/bkend-storage.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rights of a process: of a user of the service, and of an unprivileged user of this machine, which only root can give. */
interface As {
  readonly userId?: string;
  readonly isUnprivileged?: boolean;
}

/** The installed command line, and a running service for it. */
export interface CommandLine extends AsyncDisposable {
  readonly service: ProxiedService;
  /** With the URL and a key of the service. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command that starts it in a shell. */
  readonly program: string;
  /** A new empty folder. */
  folder(): Promise<string>;
  start(folder: string, ...words: string[]): ChildProcess;
  run(folder: string, ...words: string[]): Promise<Ended>;
  /** Starts it with other rights. */
  startAs(as: As, folder: string, ...words: string[]): ChildProcess;
  /** As a user of the service, with the publishable key and an access token. */
  runAs(userId: string, folder: string, ...words: string[]): Promise<Ended>;
  /** The SDK with the secret key, or as a user of the service. */
  storage(userId?: string): Storage;
  /** As an unprivileged user, to whom file modes apply; only root can do so. */
  runUnprivileged(folder: string, ...words: string[]): Promise<Ended>;
  /** Runs a line in bash, where `bks` is the program. */
  shell(folder: string, line: string): Promise<Ended>;
  /** Uploads a file. @returns its id */
  upload(content: string | Uint8Array, filename: string): Promise<string>;
}

export async function startCommandLine(): Promise<CommandLine> {
  const service = await startProxiedService();
  const env = {
    ...process.env,
    HOME: service.directory,
    XDG_CONFIG_HOME: join(service.directory, 'config'),
    BKEND_API_URL: service.api.url,
    BKEND_API_KEY: service.secretKey,
    BKEND_IMAGES_URL: service.imagesUrl,
  };
  const startAs = ({ userId, isUnprivileged = false }: As, cwd: string, ...words: string[]) =>
    spawn(process.execPath, [program, ...words], {
      env: {
        ...env,
        ...(isUnprivileged && { HOME: '/nonexistent' }),
        ...(userId !== undefined && {
          BKEND_API_KEY: service.publishableKey,
          BKEND_ACCESS_TOKEN: service.accessToken(userId),
        }),
      },
      ...(isUnprivileged && { uid: unprivilegedId, gid: unprivilegedId }),
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const start = (cwd: string, ...words: string[]) => startAs({}, cwd, ...words);
  const storage = (userId?: string) =>
    createStorage({
      url: service.api.url,
      apiKey: userId === undefined ? service.secretKey : service.publishableKey,
      ...(userId !== undefined && { accessToken: service.accessToken(userId) }),
      journal: false,
    });
  // Only root could enter it until now.
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
    storage,
    startAs,
    runAs: (userId, cwd, ...words) => ended(startAs({ userId }, cwd, ...words)),
    runUnprivileged: (cwd, ...words) => ended(startAs({ isUnprivileged: true }, cwd, ...words)),
    shell(cwd, line) {
      const script = `bks() { "${process.execPath}" "${program}" "$@"; }; ${line}`;
      return ended(spawn('bash', ['-c', script], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
    },
    upload: async (content, filename) =>
      (await storage().upload(content, { filename, contentType: 'application/octet-stream' })).id,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Waits for the end of a process. */
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
