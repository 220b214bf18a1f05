import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program, how to see that it works, and what to install when there is none that does. */
export interface WantedClient {
  readonly command: string;
  /** Must succeed. */
  readonly probe: readonly string[];
  readonly debianPackage: string;
}

/**
 * Every installation of a client: the distribution's, and whatever stands before it on the PATH, which is often newer.
 *
 * @throws Error when there is none: a client that is not there has not been tried
 */
export function findClients({ command, probe, debianPackage }: WantedClient): string[] {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const paths = directories.map((directory) => join(directory, command)).filter(isExecutable);
  const different = new Map(paths.map((path) => [realpathSync(path), path]));
  const working = [...different.values()].filter((path) => spawnSync(path, probe).status === 0);
  if (working.length > 0) return working;
  throw new Error(
    `${[command, ...probe].join(' ')} does not work here. On Debian or Ubuntu: apt-get install --no-install-recommends ${debianPackage}`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
