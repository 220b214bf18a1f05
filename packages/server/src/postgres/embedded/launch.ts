import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { PostgresBinaries } from './binaries.ts';
import { canReach, type OperatingUser } from './operating-user.ts';

/** Starts one of PostgreSQL's programs, as the right user. */
export type Launch = (program: string, args: readonly string[], options?: SpawnOptions) => ChildProcess;

export interface LaunchOptions {
  readonly binaries: PostgresBinaries;
  /** As whom; as ourselves when absent. */
  readonly user: OperatingUser | undefined;
  /** A folder the programs must get at. */
  readonly directory: string;
}

/**
 * Prepares to start PostgreSQL's programs. They get an environment of their own: a locale, or a library path, of ours must
 * not change what they do.
 */
export async function prepareLaunch({ binaries, user, directory }: LaunchOptions): Promise<Launch> {
  const { libraryPath } = binaries;
  const env = {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C',
    ...(libraryPath !== undefined && { LD_LIBRARY_PATH: libraryPath, DYLD_LIBRARY_PATH: libraryPath }),
  };
  // A folder that nobody else can be in: ours may be one the user cannot enter.
  const common = { env, cwd: '/' };
  if (user === undefined) return (program, args, options) => spawn(program, args, { ...common, ...options });
  const reachable = (
    await Promise.all([binaries.postgres, binaries.initdb, directory].map((path) => canReach(path, user)))
  ).every(Boolean);
  if (reachable) {
    return (program, args, options) => spawn(program, args, { ...common, ...user, ...options });
  }
  return (program, args, options) =>
    spawn('setpriv', [...setprivArguments(user), program, ...args], { ...common, ...options });
}

/**
 * Root may be at home where others cannot look: below /root, or in a checkout made under umask 077. There the user is given
 * one capability of root's, to pass through folders and read files that are closed to him, and none of the others. It stays
 * through execve(2) as an ambient capability, and is honoured by access(2), with which PostgreSQL looks for its programs,
 * because of the secure bit (capabilities(7), "Ambient" and SECBIT_NO_SETUID_FIXUP).
 */
function setprivArguments({ uid, gid }: OperatingUser): string[] {
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--securebits=+no_setuid_fixup',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--',
  ];
}

/** What to tell an operator when a program could not be started at all. */
export function launchFailure(error: NodeJS.ErrnoException, directory: string): Error {
  if (error.path === 'setpriv' && error.code === 'ENOENT') {
    return new Error(
      `PostgreSQL does not run as root, and no other user can get into ${directory} or to its programs, because a folder ` +
        'above is closed to others. Start as an ordinary user, open the folders with "chmod o+x", or install setpriv, ' +
        'which is part of util-linux.',
      { cause: error },
    );
  }
  return new Error(`PostgreSQL could not be started: ${error.message}`, { cause: error });
}
