import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { lstat, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createDirectoryFor, readOwnFile, replaceOwnFile, syncDirectory } from '../../data-dir/own-files.ts';
import { dataPath, type Launch, launchFailure } from './launch.ts';
import type { OperatingUser } from './operating-user.ts';
import { ensureServiceRole } from './service-role.ts';

export interface ClusterOptions {
  readonly launch: Launch;
  /** Our directory. `cluster` below it belongs to the user and has no files of ours. */
  readonly directory: string;
  readonly user: OperatingUser | undefined;
  readonly password: string;
}

const draftPrefix = 'initdb-';

/** The version of how the service connects: 1 is as its own role. In a cluster without this file it was superuser. */
const accessVersion = '1';

/**
 * Creates the cluster when there is none, and takes the superuser's rights from the service. The cluster is created under
 * another name and then renamed, so that an interrupted one is never taken for a whole one.
 * @throws an error with a sentence for the operator
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { directory, launch, password } = options;
  const cluster = join(directory, 'cluster');
  const access = join(directory, 'access');
  await removeDrafts(options);
  if (await isThere(cluster)) {
    if ((await readOwnFile(access))?.trim() === accessVersion) return;
    await ensureServiceRole({ launch, cluster }, password);
  } else {
    const draft = join(directory, `${draftPrefix}${randomUUID()}`);
    await createDirectoryFor(options.user, draft);
    await initialise(options, draft);
    await ensureServiceRole({ launch, cluster: draft }, password);
    await rename(draft, cluster);
    await syncDirectory(directory);
  }
  await replaceOwnFile(access, `${accessVersion}\n`);
}

/** Another user can replace a file of an interrupted cluster by a link at any moment: so that user removes it. */
async function removeDrafts({ directory, launch }: ClusterOptions): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(draftPrefix)) continue;
    const path = join(directory, name);
    const found = await lstat(path);
    if (found.isDirectory() && found.uid !== process.geteuid?.()) {
      const script = 'rm -rf -- ..?* .[!.]* *';
      await once(launch('sh', ['-c', script], { cwd: path, stdio: 'ignore' }), 'close');
      await rmdir(path);
    } else {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/**
 * Locales that define letters for `pg_trgm`, in order of preference: not every system has each, and the last has English
 * letters alone.
 */
const locales = ['C.UTF-8', 'en_US.UTF-8', 'C'] as const;

async function initialise({ launch, directory }: ClusterOptions, draft: string): Promise<void> {
  let complaint = '';
  for (const locale of locales) {
    complaint = await runInitdb(launch, draft, locale);
    if (complaint === '') return;
    if (!complaint.includes('invalid locale')) break;
  }
  throw new Error(`The embedded PostgreSQL could not be created in ${directory}:\n${complaint}`);
}

/**
 * UTF-8 everywhere, and names are sorted by PostgreSQL's own C.UTF-8 rather than by a locale of the system's, which an update
 * of the system could change under the indexes. No role can log in until that of the service is made.
 * @returns the complaint of initdb; undefined without one
 */
async function runInitdb(launch: Launch, draft: string, locale: (typeof locales)[number]): Promise<string> {
  const words = [
    ...[`--pgdata=${dataPath(draft)}`, '--username=postgres'],
    ...['--auth-local=reject', '--auth-host=scram-sha-256'],
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', `--locale=${locale}`],
  ];
  const child = launch('initdb', words, { cwd: draft, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = Promise.all([once(child, 'close'), child.stderr ? text(child.stderr) : '']);
  const [[code], complaint] = await ended.catch((error) => Promise.reject(launchFailure(error)));
  return code === 0 ? '' : complaint || `initdb ended with exit code ${code}`;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
