import { spawn } from 'node:child_process';

/** What a confined process is kept from. */
export type Shield = 'network' | 'memory' | 'privileges';

/** How this system confines a process. */
export interface Confinement {
  /** The words to put before a command: programs that give something up and then become the command (execve(2)). */
  readonly words: readonly string[];
  /** What this system does not allow to take away. */
  readonly missing: readonly Shield[];
}

/** 65534 is `nobody` on every Linux: the kernel's overflow uid and gid (user_namespaces(7)). */
const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'] as const;
const noPrivileges = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'] as const;

/** The programs are util-linux's; the first alternative of each shield that works is taken. */
function alternatives(maxMemoryBytes: number): Readonly<Record<Shield, readonly (readonly string[])[]>> {
  const asRoot = process.geteuid?.() === 0;
  const namespaces = ['--net', '--ipc', '--'];
  return {
    // A network without any interface. An ordinary user may make one in a user namespace of its own, from which neither the
    // memory nor the environment of the processes outside can be read (ptrace(2), "Ptrace access mode checking").
    network: [...(asRoot ? [['unshare', ...namespaces]] : []), ['unshare', '--user', ...namespaces]],
    // RLIMIT_DATA counts private writable memory, not what V8 only reserves (setrlimit(2)).
    memory: [['prlimit', `--data=${maxMemoryBytes}`, '--core=0', '--nofile=256', '--']],
    privileges: [
      ...(asRoot ? [['setpriv', ...nobody, ...noPrivileges, '--']] : []),
      ['setpriv', ...noPrivileges, '--'],
      ['setpriv', '--no-new-privs', '--'],
    ],
  };
}

export interface ConfinementOptions {
  /** Private writable memory; more than that fails to be allocated. */
  readonly maxMemoryBytes: number;
  /** A file that the process must be able to read all the same. */
  readonly readable: string;
}

/**
 * Finds out by trial what this system takes away from a process that is started for it: containers, security modules and
 * the lack of a program each forbid something else. Takes some milliseconds.
 */
export async function findConfinement({
  maxMemoryBytes,
  readable,
}: ConfinementOptions): Promise<Confinement> {
  let words: readonly string[] = [];
  const missing: Shield[] = [];
  const shields = alternatives(maxMemoryBytes);
  for (const shield of ['network', 'memory', 'privileges'] as const) {
    const found = await findFirst(shields[shield], (more) =>
      succeeds([...words, ...more, 'test', '-r', readable, '-a', '-x', process.execPath]),
    );
    if (found === undefined) missing.push(shield);
    else words = [...words, ...found];
  }
  return { words, missing };
}

async function findFirst<T>(
  all: readonly T[],
  isRight: (one: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const one of all) if (await isRight(one)) return one;
  return undefined;
}

function succeeds([program = '', ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...confinedSurroundings, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Where a confined process stands: in no folder of ours, and with nothing of our environment. */
export const confinedSurroundings = {
  cwd: '/',
  env: {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    // Windows starts no program without it.
    ...(process.platform === 'win32' && { SystemRoot: 'C:\\Windows' }),
  },
} as const;
