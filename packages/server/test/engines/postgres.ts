import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePorts } from '../../../test-support/src/process/free-ports.ts';
import { type Identity, run, startDaemon, waitUntil } from './process.ts';

/** A running PostgreSQL server with one empty database. */
export interface Postgres {
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

const debianPackage = 'postgresql';

/** Starts the distribution's PostgreSQL on a cluster of its own below `directory`. */
export async function startPostgres(directory: string): Promise<Postgres> {
  const binaries = await findBinaries();
  const identity = await unprivilegedIdentity();
  const runAs = identity === undefined ? {} : { identity };
  const [port = 0] = await findFreePorts(1);
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(directory, 'password');
  const data = join(directory, 'data');
  await mkdir(directory, { recursive: true });
  await writeFile(passwordFile, password);
  if (identity !== undefined) {
    for (const path of [directory, passwordFile]) await chown(path, identity.uid, identity.gid);
  }

  const program = (name: string, args: string[]) => ({
    command: join(binaries, name),
    args,
    debianPackage,
    ...runAs,
  });
  const access = ['--username=bkend', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await run(program('initdb', [`--pgdata=${data}`, '--encoding=UTF8', '--locale=C.UTF-8', ...access]));
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', ''];
  const server = await startDaemon(program('postgres', ['-D', data, ...settings]));
  try {
    await waitUntil(() => accepts(program('pg_isready', ['-q', '-h', '127.0.0.1', '-p', String(port)])), {
      daemon: server,
      timeoutSeconds: 30,
    });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    databaseUrl: `postgres://bkend:${password}@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
  };
}

async function accepts(isReady: Parameters<typeof run>[0]): Promise<boolean> {
  try {
    await run(isReady);
    return true;
  } catch {
    return false;
  }
}

/** Debian keeps the server's programs of each version outside of PATH. */
async function findBinaries(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  const newest = versions.map(Number).sort((a, b) => b - a)[0];
  if (newest === undefined) {
    throw new Error(
      `PostgreSQL is not installed. On Debian or Ubuntu: apt-get install --no-install-recommends ${debianPackage}`,
    );
  }
  return join(root, String(newest), 'bin');
}

/** PostgreSQL refuses to run as root; its package made a user for it. */
async function unprivilegedIdentity(): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (option) =>
      Number(await run({ command: 'id', args: [option, 'postgres'], debianPackage })),
    ),
  );
  if (uid === undefined || gid === undefined) throw new Error('There is no user postgres.');
  return { uid, gid };
}
