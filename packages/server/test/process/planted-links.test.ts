import {
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';

const isRoot = process.geteuid?.() === 0;
let directory: string;
let dataDir: string;
let elsewhere: string;
let service: RunningService | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-links-'));
  dataDir = join(directory, 'data');
  elsewhere = join(directory, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'victim'), 'untouched', { mode: 0o640 });
});
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function restart(): Promise<void> {
  await service?.stop();
  service = await startService({ dataDir });
}

/** The user that PostgreSQL runs as, who owned all of `postgres` in earlier versions. */
async function plant(path: string, target: string): Promise<void> {
  const { uid, gid } = await stat(join(dataDir, 'postgres/cluster'));
  await rm(path, { recursive: true, force: true });
  await symlink(target, path);
  await lchown(path, uid, gid);
}

async function expectUntouched(): Promise<void> {
  expect(await readdir(elsewhere)).toEqual(['victim']);
  expect(await readFile(join(elsewhere, 'victim'), 'utf8')).toBe('untouched');
  expect(await lstat(join(elsewhere, 'victim'))).toMatchObject({ uid: 0, gid: 0 });
  expect((await lstat(join(elsewhere, 'victim'))).mode & 0o777).toBe(0o640);
}

/** Files that root writes, or wrote in earlier versions, beside the cluster; and temporary names that could be guessed. */
const names = [
  ...['port', 'port.tmp', 'access', 'access.tmp', 'lib', 'pg_hba.conf', 'server.log', 'postmaster.pid'],
  ...['initdb-data', 'initdb-password', 'initdb-x'],
];

/** Needs root. */
describe.runIf(isRoot)('links that the database user plants where root writes (as root only)', () => {
  it('are never written through, for any name and any destination', async () => {
    await restart();
    for (const target of ['elsewhere', 'elsewhere/victim', 'elsewhere/not-there']) {
      await service?.stop();
      // As in versions in which the whole directory was that user's.
      const { uid, gid } = await stat(join(dataDir, 'postgres/cluster'));
      await chown(join(dataDir, 'postgres'), uid, gid);
      for (const name of names) await plant(join(dataDir, 'postgres', name), join(directory, target));
      await restart();
      await expectUntouched();
      expect(await lstat(join(dataDir, 'postgres'))).toMatchObject({ uid: 0 });
    }
    await service?.stop();
    await expectUntouched();
  });

  it('are not followed in place of the directories of the service either', async () => {
    await restart();
    for (const name of ['locks', 'image-results']) {
      await service?.stop();
      await plant(join(dataDir, name), elsewhere);
      await restart();
      await expectUntouched();
    }
  });

  it('are not followed below the directories of the service, where an ordinary user has run it before', async () => {
    await restart();
    const { uid, gid } = await stat(join(dataDir, 'postgres/cluster'));
    const rounds = [
      { 'index/data.mdb': 'not-there', 'index/lock.mdb': 'victim', incoming: '', locks: '', 'blobs/00': '' },
      { index: '', blobs: '' },
    ];
    for (const round of rounds) {
      await service?.stop();
      for (const name of ['', 'index', 'blobs']) await chown(join(dataDir, 'objects', name), uid, gid);
      for (const [name, target] of Object.entries(round)) {
        await plant(join(dataDir, 'objects', name), join(elsewhere, target));
      }
      await restart();
      await expectUntouched();
    }
  });

  it('cannot be planted any more: only the cluster belongs to another user', async () => {
    await restart();
    await restart();
    for (const name of await readdir(dataDir, { recursive: true })) {
      if (name.startsWith(join('postgres', 'cluster'))) continue;
      const about = await lstat(join(dataDir, name)).catch(() => undefined);
      expect(about?.uid ?? 0, name).toBe(0);
    }
    const cluster = await readdir(join(dataDir, 'postgres/cluster'), { recursive: true });
    for (const name of cluster) {
      const about = await lstat(join(dataDir, 'postgres/cluster', name)).catch(() => undefined);
      expect(about?.uid ?? 1, name).not.toBe(0);
    }
  });
});
