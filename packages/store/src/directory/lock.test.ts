import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, findLockHolder, LockHeldError, waitForRelease } from './lock.ts';
import { findProcessStartTime } from './process-start-time.ts';

let dataDir: string;
let other: ChildProcess | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bkend-lock-'));
  await mkdir(join(dataDir, 'locks'));
});
afterEach(async () => {
  other?.kill('SIGKILL');
  other = undefined;
  await rm(dataDir, { recursive: true });
});

/** Another process; the lock is taken in its name. */
async function holdByAnotherProcess(
  name: string,
  startTime?: string,
  take: (text: string, path: string) => Promise<void> = symlink,
): Promise<number> {
  other = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)']);
  if (other.stdout === null || other.pid === undefined) throw new Error('the other process has not started');
  await once(other.stdout, 'data');
  const content = `${other.pid} - ${startTime ?? findProcessStartTime(other.pid)}`;
  await take(content, join(dataDir, 'locks', `${name}.lock`));
  return other.pid;
}

async function killOther(): Promise<void> {
  const exited = other && once(other, 'exit');
  other?.kill('SIGKILL');
  await exited;
}

describe('acquireLock', () => {
  it('lets one at a time in', async () => {
    const lock = await acquireLock(dataDir, 'serve');
    await expect(acquireLock(dataDir, 'serve')).rejects.toThrow(LockHeldError);
    await lock.release();
    await (await acquireLock(dataDir, 'serve')).release();
  });

  it('says which living process holds it', async () => {
    const pid = await holdByAnotherProcess('serve');
    await expect(acquireLock(dataDir, 'serve')).rejects.toMatchObject({ name: 'LockHeldError', pid });
    expect(await findLockHolder(dataDir, 'serve')).toBe(pid);
  });

  it('takes over at once from a process that was killed', async () => {
    await holdByAnotherProcess('serve');
    await killOther();
    await (await acquireLock(dataDir, 'serve')).release();
  });

  it('is not taken in by a living process that got the same pid', async () => {
    await holdByAnotherProcess('serve', 'another time');
    await (await acquireLock(dataDir, 'serve')).release();
  });

  it('takes over from a file that makes no sense', async () => {
    await writeFile(join(dataDir, 'locks', 'serve.lock'), '12');
    await (await acquireLock(dataDir, 'serve')).release();
  });

  it('respects a file where there are no links', async () => {
    const writeLock = (text: string, path: string) => writeFile(path, text);
    const pid = await holdByAnotherProcess('serve', undefined, writeLock);
    await expect(acquireLock(dataDir, 'serve')).rejects.toMatchObject({ name: 'LockHeldError', pid });
    await killOther();
    await (await acquireLock(dataDir, 'serve')).release();
  });

  it('needs no room on the disk: its text is short enough to stand beside its name', async () => {
    const lock = await acquireLock(dataDir, 'serve');
    // ext4 keeps up to 59 bytes in the inode.
    expect((await readlink(join(dataDir, 'locks', 'serve.lock'))).length).toBeLessThan(60);
    await lock.release();
    expect(await readdir(join(dataDir, 'locks'))).toEqual([]);
  });

  it('lets exactly one of many take a leftover', async () => {
    await holdByAnotherProcess('serve');
    await killOther();
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(dataDir, 'serve')));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('waits for the lock for the time given', async () => {
    await holdByAnotherProcess('serve');
    const waiting = acquireLock(dataDir, 'serve', { waitMs: 10_000 });
    await killOther();
    await (await waiting).release();
  });
});

const canSeparate = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;

describe.skipIf(!canSeparate)('a process of another container (needs root)', () => {
  const script = `
    import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, '../../dist/directory/lock.js'))};
    await acquireLock(process.argv[1], 'store');
    console.log(process.pid);
    setInterval(() => {}, 1000);`;

  it('holds its lock for as long as it lives, though its pid is not visible here', async () => {
    // With `--kill-child` it dies with the one that can be killed from here.
    const separate = ['--pid', '--fork', '--kill-child', '--mount-proc'];
    const node = [process.execPath, '--input-type=module', '-e', script, dataDir];
    other = spawn('unshare', [...separate, ...node], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (other.stdout === null) throw new Error('the other process has not started');
    const [pid] = await once(other.stdout, 'data');
    expect(String(pid)).toBe('1\n');
    await expect(acquireLock(dataDir, 'store')).rejects.toMatchObject({ name: 'LockHeldError', pid: 1 });
    const waiting = acquireLock(dataDir, 'store', { waitMs: 60_000 });
    await killOther();
    await (await waiting).release();
    expect(await readdir(join(dataDir, 'locks'))).toEqual([]);
  });
});

describe('waitForRelease', () => {
  it('ends when the holder is gone', async () => {
    await holdByAnotherProcess('api');
    const waiting = waitForRelease(dataDir, 'api', 60_000);
    await killOther();
    await waiting;
    expect(await findLockHolder(dataDir, 'api')).toBeUndefined();
  });

  it('ends when the time is up', async () => {
    const pid = await holdByAnotherProcess('api');
    await waitForRelease(dataDir, 'api', 1);
    expect(await findLockHolder(dataDir, 'api')).toBe(pid);
  });
});
