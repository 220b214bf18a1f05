import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Logger } from '../../observability/logger.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { OperatingUser } from './operating-user.ts';

/**
 * Starts one of PostgreSQL's programs, or one of the system's, as the right user, in a directory that this user need not be
 * able to reach from the root.
 */
export type Launch = (
  program: 'initdb' | 'postgres' | 'sh',
  args: readonly string[],
  options: SpawnOptions & { readonly cwd: string },
) => ChildProcess;

export interface LaunchOptions {
  readonly binaries: PostgresBinaries;
  /** The user; that of this process when absent. */
  readonly user: OperatingUser | undefined;
  readonly log: Logger;
}

/** One way to start a program. */
interface Way {
  readonly words: readonly string[];
  /** The directory in which the programs are found then; absent: where they are. */
  readonly folder?: string;
  readonly spawnAs?: OperatingUser;
  /** A warning for the operator when this way is used. */
  readonly warning?: string;
}

/**
 * Finds the way to start PostgreSQL's programs with the least privileges: no capabilities, no groups, no new privileges where the
 * system has `setpriv`. Their environment variables are their own: a locale or a library path of ours must not change them.
 * @throws an error with a sentence for the operator when there is no way
 */
export async function prepareLaunch({ binaries, user, log }: LaunchOptions): Promise<Launch> {
  for (const way of waysFor(binaries, user)) {
    if (!(await leads(way, binaries))) continue;
    if (way.warning !== undefined) log.warn(way.warning);
    return launchBy(way, binaries);
  }
  throw new Error(
    `PostgreSQL does not run as root, and no other user can get at its programs in ${binaries.folder}, because a folder above ` +
      'is closed to others. Start as an ordinary user, open the folders with "chmod o+x", or install setpriv, which is part ' +
      'of util-linux.',
  );
}

const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin';
const nothingNew = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'] as const;
/** Exists everywhere (Filesystem Hierarchy Standard, section 3.12). */
const mountPoint = '/mnt';

function waysFor({ folder, libraryPath }: PostgresBinaries, user: OperatingUser | undefined): Way[] {
  if (user === undefined) return [{ words: ['setpriv', '--no-new-privs', '--'] }, { words: [] }];
  const asUser = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const shown = ['unshare', '--mount', '--propagation=private', '--', 'sh', '-c'];
  const mount = `mount --bind "$0" ${mountPoint} && exec "$@"`;
  const withCapability = (name: string): Way => ({
    // Ambient, so that it stays through execve(2), and honoured by access(2), with which PostgreSQL looks for its programs,
    // because of the secure bit (capabilities(7), "Ambient" and SECBIT_NO_SETUID_FIXUP).
    words: [
      ...['setpriv', ...asUser, '--no-new-privs', '--securebits=+no_setuid_fixup'],
      ...[`--inh-caps=-all,+${name}`, `--ambient-caps=-all,+${name}`, '--'],
    ],
    warning:
      `PostgreSQL's programs in ${folder} are closed to other users, so it runs with the capability CAP_${name.toUpperCase()}: ` +
      'move the installation, or open the folders above it with "chmod o+x".',
  });
  return [
    { words: ['setpriv', ...asUser, ...nothingNew, '--'] },
    // libuv drops the groups of root together with its user, and the kernel its capabilities (capabilities(7)).
    { words: [], spawnAs: user },
    // Root's home may be closed to other users: then the programs are mounted at another path for them.
    ...(libraryPath === undefined
      ? [{ words: [...shown, mount, folder, 'setpriv', ...asUser, ...nothingNew, '--'], folder: mountPoint }]
      : []),
    withCapability('dac_read_search'),
    withCapability('dac_override'),
  ];
}

function launchBy({ words, folder, spawnAs }: Way, binaries: PostgresBinaries): Launch {
  const { libraryPath } = binaries;
  const isAtOnce = words.length === 0;
  const libraries = libraryPath === undefined ? {} : librariesIn(libraryPath);
  const env = { PATH: systemPath, LC_ALL: 'C', ...(isAtOnce && libraries) };
  // Programs that still run as root must not load libraries from there.
  const later = isAtOnce || libraryPath === undefined ? [] : ['env', ...assignments(libraries)];
  return (program, args, options) => {
    const path = program === 'sh' ? program : `${folder ?? binaries.folder}/bin/${program}`;
    const [first = path, ...others] = [...words, ...later, path, ...args];
    return spawn(first, others, { env, ...spawnAs, ...options });
  };
}

function librariesIn(path: string): Readonly<Record<string, string>> {
  return { LD_LIBRARY_PATH: path, DYLD_LIBRARY_PATH: path };
}

function assignments(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** Whether the programs and their libraries can be reached this way; cheaper than starting one of them. */
function leads({ words, spawnAs, folder }: Way, binaries: PostgresBinaries): Promise<boolean> {
  const script =
    'test -x "$0/bin/postgres" && test -x "$0/bin/initdb" && test -r "$0/lib" && test -r "$0/share"';
  const [first = 'sh', ...others] = [...words, 'sh', '-c', script, folder ?? binaries.folder];
  return new Promise((resolve) => {
    const child = spawn(first, others, { env: { PATH: systemPath }, cwd: '/', stdio: 'ignore', ...spawnAs });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** An error for the operator: a program could not be started. */
export function launchFailure(error: Error): Error {
  return new Error(`PostgreSQL could not be started: ${error.message}`, { cause: error });
}

/**
 * The path that PostgreSQL gets for its data. On Linux it starts in that directory and stays there: so it needs no access to the
 * folders above, which may be closed to its user (proc_pid_cwd(5)).
 * @param directory the cluster, in which the program is started
 */
export function dataPath(directory: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : directory;
}
