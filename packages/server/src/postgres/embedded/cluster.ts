import { once } from 'node:events';
import { chown, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Launch, launchFailure } from './launch.ts';
import type { OperatingUser } from './operating-user.ts';

export interface ClusterOptions {
  readonly initdb: string;
  readonly launch: Launch;
  /** The cluster is `cluster` below it. */
  readonly directory: string;
  readonly user: OperatingUser | undefined;
  readonly password: string;
}

const draftPrefix = 'initdb-';

/**
 * Makes the cluster when there is none. It is made beside its place and then renamed, so that one that was interrupted is
 * never taken for a whole one.
 * @throws an error with a sentence for the operator
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { directory, user } = options;
  if (user) await chown(directory, user.uid, user.gid);
  for (const name of await readdir(directory)) {
    if (name.startsWith(draftPrefix)) await rm(join(directory, name), { recursive: true, force: true });
  }
  const cluster = join(directory, 'cluster');
  if (await exists(cluster)) return;

  const draft = join(directory, `${draftPrefix}data`);
  const passwordFile = join(directory, `${draftPrefix}password`);
  try {
    await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
    if (user) await chown(passwordFile, user.uid, user.gid);
    await initialise(options, { draft, passwordFile });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, cluster);
  await syncDirectory(directory);
}

interface Draft {
  readonly draft: string;
  readonly passwordFile: string;
}

/**
 * What counts as a letter when `pg_trgm` takes names apart, in order of preference: not every system has each, and the last
 * knows English alone.
 */
const locales = ['C.UTF-8', 'en_US.UTF-8', 'C'] as const;

async function initialise(options: ClusterOptions, files: Draft): Promise<void> {
  let complaint = '';
  for (const locale of locales) {
    complaint = await runInitdb(options, files, locale);
    if (complaint === '') return;
    if (!complaint.includes('invalid locale')) break;
  }
  throw new Error(`The embedded PostgreSQL could not be made in ${options.directory}:\n${complaint}`);
}

/**
 * UTF-8 everywhere, and names are sorted by PostgreSQL's own C.UTF-8 rather than by a locale of the system's, which an update
 * of the system could change under the indexes.
 * @returns what it complained of; nothing when all went well
 */
async function runInitdb(
  { initdb, launch, directory }: ClusterOptions,
  { draft, passwordFile }: Draft,
  locale: (typeof locales)[number],
): Promise<string> {
  const words = [
    ...[`--pgdata=${draft}`, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', `--locale=${locale}`],
  ];
  const child = launch(initdb, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = Promise.all([once(child, 'close'), child.stderr ? text(child.stderr) : '']);
  const [[code], complaint] = await ended.catch((error) => Promise.reject(launchFailure(error, directory)));
  return code === 0 ? '' : complaint || `initdb ended with exit code ${code}`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}
