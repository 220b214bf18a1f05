import { spawn } from 'node:child_process';

/** A restriction of a confined process. */
type Restriction = 'network' | 'memory' | 'privileges';

/** How this system confines a process. */
export interface Confinement {
  /** Arguments to put before a command: programs that give up a privilege and then become the command (execve(2)). */
  readonly prefix: readonly string[];
  /** Restrictions that this system does not allow. */
  readonly missing: readonly Restriction[];
}

/** 65534 is `nobody` on every Linux: the kernel's overflow uid and gid (user_namespaces(7)). */
const unprivilegedUser = ['--reuid=65534', '--regid=65534', '--clear-groups'] as const;
const noPrivileges = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'] as const;

/** Programs of util-linux; the first alternative of each restriction that works is used. */
function alternatives(maxMemoryBytes: number): Readonly<Record<Restriction, readonly (readonly string[])[]>> {
  const asRoot = process.geteuid?.() === 0;
  const namespaces = ['--net', '--ipc', '--'];
  return {
    // A network without any interface. An ordinary user may create one in a user namespace of its own, which cannot read
    // memory or environment of processes outside (ptrace(2), "Ptrace access mode checking").
    network: [...(asRoot ? [['unshare', ...namespaces]] : []), ['unshare', '--user', ...namespaces]],
    // RLIMIT_DATA counts private writable memory, not memory that V8 only reserves (setrlimit(2)).
    memory: [['prlimit', `--data=${maxMemoryBytes}`, '--core=0', '--nofile=256', '--']],
    privileges: [
      ...(asRoot ? [['setpriv', ...unprivilegedUser, ...noPrivileges, '--']] : []),
      ['setpriv', ...noPrivileges, '--'],
      ['setpriv', '--no-new-privs', '--'],
    ],
  };
}

export interface ConfinementOptions {
  /** Private writable memory; an allocation beyond it fails. */
  readonly maxMemoryBytes: number;
  /** A file that the process must still be able to read. */
  readonly readable: string;
}

/**
 * Finds by trial the restrictions that this system allows: containers, security modules and missing programs each forbid others.
 * Takes some milliseconds.
 */
export async function findConfinement({
  maxMemoryBytes,
  readable,
}: ConfinementOptions): Promise<Confinement> {
  let prefix: readonly string[] = [];
  const missing: Restriction[] = [];
  const all = alternatives(maxMemoryBytes);
  for (const restriction of ['network', 'memory', 'privileges'] as const) {
    const found = await findFirst(all[restriction], (more) =>
      succeeds([...prefix, ...more, 'test', '-r', readable, '-a', '-x', process.execPath]),
    );
    if (found === undefined) missing.push(restriction);
    else prefix = [...prefix, ...found];
  }
  return { prefix, missing };
}

async function findFirst<T>(
  candidates: readonly T[],
  works: (candidate: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const candidate of candidates) if (await works(candidate)) return candidate;
  return undefined;
}

function succeeds([program = '', ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...confinedOptions, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Options of a confined process: none of our folders, and none of our environment variables. */
export const confinedOptions = {
  cwd: '/',
  env: {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    // Windows needs it to start a program.
    ...(process.platform === 'win32' && { SystemRoot: 'C:\\Windows' }),
  },
} as const;
