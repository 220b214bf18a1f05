import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataDir } from './prepare-data-dir.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bkend-special-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

describe.skipIf(process.platform === 'win32')('a data directory with special files in it', () => {
  it.each([
    'secrets.json',
    'token-master',
    'locks/serve.lock',
    'objects/format',
    'objects/index/data.mdb',
    'postgres/port',
    'postgres/cluster/postmaster.pid',
  ])('is refused, naming the file, when %s is a named pipe', async (name) => {
    const path = join(dataDir, name);
    await mkdir(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    await expect(prepareDataDir(dataDir)).rejects.toThrow(`${path} is a named pipe, not a regular file.`);
  });

  it('is taken with files, directories, links and liveness sockets', async () => {
    await mkdir(join(dataDir, 'locks'));
    await writeFile(join(dataDir, 'secrets.json'), '{}');
    await symlink('1 - 2', join(dataDir, 'locks', 'serve.lock'));
    const socket = createServer().listen(join(dataDir, 'locks', '01234567.alive'));
    await prepareDataDir(dataDir);
    socket.close();
  });
});
