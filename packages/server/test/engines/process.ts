import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Runs as this user; absent: as ourselves. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** A program to run, and what to install when it is not there. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly debianPackage: string;
  readonly identity?: Identity;
}

export interface Daemon {
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
  /** Rejects when it ends by itself. */
  readonly ended: Promise<never>;
}

/** Runs a program to its end and returns what it printed; a failure tells what it complained about. */
export async function run(program: Program): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program.command, program.args, {
      ...program.identity,
      timeout: 60_000,
    });
    return stdout;
  } catch (cause) {
    throw explain(program, cause);
  }
}

/** Starts a program that stays in the foreground until it is stopped. */
export async function startDaemon(program: Program): Promise<Daemon> {
  const child = spawn(program.command, program.args, {
    ...program.identity,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4_096);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw explain(program, cause);
  }
  let stopping = false;
  const ended = exited.then(() => {
    throw new Error(`${program.command} ended by itself: ${complaints}`);
  });
  ended.catch(() => {}); // only its awaiters need to know
  return {
    ended,
    async stop() {
      if (stopping) return await exited;
      stopping = true;
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(impatience);
    },
  };
}

/** Asks again and again until the answer is yes; gives up when the daemon ends or the time is over. */
export async function waitUntil(
  isReady: () => Promise<boolean>,
  { daemon, timeoutSeconds }: { readonly daemon: Daemon; readonly timeoutSeconds: number },
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1_000;
  while (!(await Promise.race([isReady(), daemon.ended]))) {
    if (Date.now() > deadline) throw new Error(`Not ready after ${timeoutSeconds} s.`);
    await delay(50);
  }
}

function explain(program: Program, cause: unknown): Error {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
    return new Error(
      `${program.command} is not installed. On Debian or Ubuntu: apt-get install --no-install-recommends ${program.debianPackage}`,
      { cause },
    );
  }
  const said = cause instanceof Error && 'stderr' in cause ? `: ${String(cause.stderr).trim()}` : '';
  return new Error(`${[program.command, ...program.args].join(' ')} failed${said}`, { cause });
}
