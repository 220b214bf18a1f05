import { lstat, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { defaultInstallation } from './default-installation.ts';

const isRoot = process.getuid?.() === 0;
/** Words that would give away what a role must not know, were they in its environment. */
const secret = { STRANGERS_SECRET: 'a-secret-of-the-machine', AWS_SECRET_ACCESS_KEY: 'of-another-program' };

let dataDir: string;
let service: RunningService;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bkend-attack-'));
  service = await startService({ dataDir, env: { ...defaultInstallation, ...secret } });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

/** A line of `/proc/PID/status`. */
async function statusOf(pid: number, name: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
}

describe('the processes of a first start', () => {
  it('know nothing of the environment that is not theirs', async () => {
    const [, ...roles] = await service.processes();
    for (const { pid, command } of roles) {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      for (const value of Object.values(secret))
        expect([command, environ.includes(value)]).toEqual([command, false]);
    }
  });

  it.runIf(isRoot)('of PostgreSQL have no capability, and are not root', async () => {
    const postgres = (await service.processes()).filter(({ command }) =>
      /^(\S*\/)?postgres[ :]/.test(command),
    );
    expect(postgres.length).toBeGreaterThan(0);
    for (const { pid } of postgres) {
      for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'])
        expect([set, BigInt(`0x${await statusOf(pid, set)}`)]).toEqual([set, 0n]);
      expect((await statusOf(pid, 'Uid')).split('\t')).not.toContain('0');
    }
  });

  it('of PostgreSQL listen on loopback addresses alone', async () => {
    const postgres = (await service.processes()).find(({ command }) => /^(\S*\/)?postgres /.test(command));
    const listening = await readFile(`/proc/${postgres?.pid}/net/tcp`, 'utf8');
    const { BKEND_API_PORT } = service.env;
    const lines = listening.split('\n').filter((line) => / 0A /.test(line));
    const ours = lines.filter((line) =>
      line.includes(`:${Number(BKEND_API_PORT).toString(16).toUpperCase()} `),
    );
    for (const line of ours) expect(line).toContain('0100007F');
  });
});

describe('the data directory', () => {
  it('shows its secrets to no other user', async () => {
    for (const path of await filesIn(dataDir, 2)) {
      const { mode } = await lstat(path);
      if (/secret|key|password|token/i.test(path)) expect([path, mode & 0o077]).toEqual([path, 0]);
    }
  });

  it.runIf(isRoot)('that belongs to another user in part leads root to no other file', async () => {
    await service.stop();
    const victim = join(dataDir, '..', `${dataDir.split('/').at(-1)}-victim`);
    await writeFile(victim, 'root’s own', { mode: 0o600 });
    try {
      // PostgreSQL's user could do this between two starts: links instead of every file it can reach, and beside them.
      for (const directory of await foreignDirectories(dataDir)) {
        const names = (await readdir(directory, { withFileTypes: true }))
          .filter((entry) => entry.isFile() && !/^PG_VERSION$|\.conf$/.test(entry.name))
          .map(({ name }) => name);
        const planted = [
          ...(isClusterFile(directory) ? [] : names),
          'port',
          'password',
          'pwfile',
          ...names.map((name) => `${name}.tmp`),
          'port.tmp',
        ];
        for (const name of new Set(planted)) {
          const path = join(directory, name);
          await rename(path, `${path}.was`).catch(() => {});
          await symlink(victim, path).catch(() => {});
        }
      }
      const again = await startService({ dataDir, env: { ...defaultInstallation, ...secret } }).catch(
        () => undefined,
      );
      await again?.[Symbol.asyncDispose]();
      expect(await readFile(victim, 'utf8')).toBe('root’s own');
      expect((await lstat(victim)).uid).toBe(0);
    } finally {
      await rm(victim, { force: true });
    }
  });
});

/** Whether a directory is within PostgreSQL's own, whose files it alone reads. */
const isClusterFile = (directory: string) => /\/(base|global|pg_\w+)(\/|$)/.test(directory);

async function filesIn(directory: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return depth > 0 ? filesIn(path, depth - 1) : [];
    return entry.isFile() ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Directories that belong to another user than root, two levels deep. */
async function foreignDirectories(directory: string, depth = 2): Promise<string[]> {
  const entries = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const found = entries.map(async ({ name }) => {
    const path = join(directory, name);
    const own = (await lstat(path)).uid === 0 ? [] : [path];
    return [...own, ...(depth > 0 ? await foreignDirectories(path, depth - 1) : [])];
  });
  return (await Promise.all(found)).flat();
}
