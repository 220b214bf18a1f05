import { lstat, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The user that the server runs as. */
export interface OperatingUser {
  readonly uid: number;
  readonly gid: number;
}

const candidates = ['postgres', 'nobody'] as const;

/**
 * PostgreSQL refuses to run as root. When this process is root, it runs as the owner of the cluster, else as `postgres`,
 * else as `nobody`.
 * @returns undefined when this process has an ordinary user, as which it then runs
 */
export async function findOperatingUser(clusterDirectory: string): Promise<OperatingUser | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const entry = await lstat(clusterDirectory).catch(() => undefined);
  if (entry?.isSymbolicLink() && entry.uid !== 0) {
    throw new Error(`${clusterDirectory} is a link that another user than root has made: remove it.`);
  }
  const owner = await stat(clusterDirectory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  for (const name of candidates) {
    const user = users.get(name);
    if (user) return user;
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no user ${candidates.join(' or ')} to run it as. ` +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours.',
  );
}

/**
 * Refuses a cluster that belongs to root, as in a copy of a data directory that lost its owners.
 * @throws an error with the command that restores the owner
 */
export async function requireClusterOf({ uid, gid }: OperatingUser, clusterDirectory: string): Promise<void> {
  const version = await lstat(join(clusterDirectory, 'PG_VERSION')).catch(() => undefined);
  if (version?.uid !== 0) return;
  throw new Error(
    `${clusterDirectory} belongs to root, and PostgreSQL runs as user ${uid}: is it a copy without its owners? ` +
      `"chown -R ${uid}:${gid} ${clusterDirectory}" gives it back.`,
  );
}

/** passwd(5): name, password, uid, gid, and more that does not matter here. */
function parsePasswd(text: string): Map<string, OperatingUser> {
  const users = new Map<string, OperatingUser>();
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (!name || !uid || !gid || name.startsWith('#')) continue;
    // macOS writes the uid of `nobody` as -2.
    users.set(name, { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 });
  }
  return users;
}
