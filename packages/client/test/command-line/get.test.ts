import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, ended, startCommandLine } from './command-line.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const read = (...path: string[]) => readFile(join(...path), 'utf8');
const isRoot = process.getuid?.() === 0;

test('files of one name are written under numbered names, and each line shows the path', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'dl'));
  const ids = [await bks.upload('first', 'r.md'), await bks.upload('second', 'r.md')];
  const { code, stdout } = await bks.run(folder, 'get', ...ids, '-o', 'dl');
  expect(code).toBe(0);
  expect(stdout).toBe('dl/r.md  5 B\ndl/r (1).md  6 B\n');
  expect(await read(folder, 'dl', 'r.md')).toBe('first');
  expect(await read(folder, 'dl', 'r (1).md')).toBe('second');
});

test.each([
  ['.bashrc', '.bashrc (1)'],
  ['q.txt', 'q (1).txt'],
  ['a.tar.gz', 'a (1).tar.gz'],
  ['none', 'none (1)'],
  [`${'ü'.repeat(125)}.pdf`, `${'ü'.repeat(123)} (1).pdf`],
])('a file named %s overwrites no existing file', async (name, numbered) => {
  const folder = await bks.folder();
  const mine = [name, `${name}.part`].filter((each) => Buffer.byteLength(each) <= 255);
  for (const each of mine) await writeFile(join(folder, each), 'mine');
  const id = await bks.upload('theirs', name);
  const { code, stderr } = await bks.run(folder, 'get', id);
  expect(code).toBe(0);
  expect(stderr).toContain(numbered);
  for (const each of mine) expect(await read(folder, each)).toBe('mine');
  expect(await read(folder, numbered)).toBe('theirs');
  expect(await readdir(folder)).toHaveLength(mine.length + 1);
});

test('an output path is not overwritten without --force', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'out.txt'), 'mine');
  const id = await bks.upload('theirs', 'x');
  expect((await bks.run(folder, 'get', id, '-o', 'out.txt')).stdout).toBe('out (1).txt  6 B\n');
  expect(await read(folder, 'out.txt')).toBe('mine');
  expect((await bks.run(folder, 'get', id, '-o', 'out.txt', '--force')).stdout).toBe('out.txt  6 B\n');
  expect(await read(folder, 'out.txt')).toBe('theirs');
});

test('--force overwrites no file that the same run has written', async () => {
  const folder = await bks.folder();
  const contents = ['first', 'second', 'third', 'fourth'];
  const ids: string[] = [];
  for (const text of contents) {
    ids.push((await bks.storage().upload(text, { filename: 'r.md', folder: 'twins/in' })).id);
  }
  for (const words of [
    ['-r', 'twins', '-o', 'dl', '-f'],
    ['-r', 'twins/in', '-o', 'dl2/in', '-f'],
    [...ids, '-o', 'dl3/in', '-f'],
  ]) {
    const target = join(folder, words.at(-2)?.split('/')[0] ?? '', 'in');
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'r.md'), 'old');
    await writeFile(join(target, 'r (1).md'), 'mine');
    expect((await bks.run(folder, 'get', ...words)).code).toBe(0);
    const found = await Promise.all((await readdir(target)).map((name) => read(target, name)));
    expect(found.sort()).toEqual([...contents, 'mine'].sort());
    expect(await read(target, 'r (1).md')).toBe('mine');
  }
}, 30_000);

test('the name of a stored file is never followed through a link or into a pipe, even with --force', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'target'), 'mine');
  await symlink('target', join(folder, 'lnk'));
  await symlink('nowhere', join(folder, 'dangling'));
  for (const name of ['lnk', 'dangling', 'target']) {
    const id = await bks.upload('theirs', name);
    const words = name === 'target' ? [] : ['--force'];
    expect(await bks.run(folder, 'get', id, ...words)).toMatchObject({ stdout: `${name} (1)  6 B\n` });
  }
  const pipe = await bks.upload('theirs', 'pipe');
  expect((await bks.shell(folder, `mkfifo pipe; bks get ${pipe} --force`)).stdout).toBe('pipe (1)  6 B\n');
  expect((await lstat(join(folder, 'pipe'))).isFIFO()).toBe(true);
  expect(await readlink(join(folder, 'lnk'))).toBe('target');
  expect(await read(folder, 'target')).toBe('mine');
});

test('an existing file at the end of a link is not overwritten without --force; the link stays', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'target'), 'old');
  await symlink('target', join(folder, 'lnk'));
  await symlink('new', join(folder, 'dangling'));
  const id = await bks.upload('theirs', 'x');
  expect((await bks.run(folder, 'get', id, '-o', 'lnk')).code).toBe(0);
  expect((await bks.run(folder, 'get', id, '-o', 'dangling')).code).toBe(0);
  expect(await read(folder, 'target')).toBe('old');
  expect(await read(folder, 'target (1)')).toBe('theirs');
  expect((await bks.run(folder, 'get', id, '-o', 'lnk', '--force')).code).toBe(0);
  expect(await read(folder, 'target')).toBe('theirs');
  expect(await read(folder, 'new')).toBe('theirs');
  expect(await readlink(join(folder, 'lnk'))).toBe('target');
});

test.skipIf(!isRoot)('a device as output path is written to, and stays a device', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  // A null device in the test's own folder.
  const { code, stderr } = await bks.shell(folder, `mknod nul c 1 3 && bks get ${id} -o nul`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect((await lstat(join(folder, 'nul'))).isCharacterDevice()).toBe(true);
  expect(await readdir(folder)).toEqual(['nul']);
});

test('pipes, descriptors and the standard output of a shell are written to', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  for (const line of [
    `mkfifo p; cat p & bks get ${id} -o p >&2; wait`,
    `mkfifo late; bks get ${id} -o late >&2 & sleep 1; cat late; wait`,
    `bks get ${id} -o >(cat) >&2; wait; sleep 0.2`,
    `bks get ${id} -o -`,
    `bks get ${id} -o /dev/stdout | cat`,
    `bks get ${id} -o /dev/fd/3 3>&1 >&2`,
    `ln -s /dev/stdout out; bks get ${id} -o out`,
    `printf before- >log; bks get ${id} -o /dev/stdout >>log; sed s/before-// log`,
  ]) {
    expect({ line, ...(await bks.shell(folder, line)) }).toMatchObject({ line, code: 0, stdout: 'theirs' });
  }
  expect((await lstat(join(folder, 'p'))).isFIFO()).toBe(true);
});

test('a UNIX socket as output path is written to', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  let received = '';
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
  const { code } = await bks.run(folder, 'get', id, '-o', 's');
  await expect.poll(() => received).toBe('theirs');
  server.close();
  expect(code).toBe(0);
});

test('a full device and a closed pipe are reported', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('x'.repeat(2 ** 20), 'x');
  const full = await bks.run(folder, 'get', id, '-o', '/dev/full');
  expect(full).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no space left on device (ENOSPC)'),
  });
  const gone = await bks.shell(folder, `mkfifo p; head -c 1 p & bks get ${id} -o p; echo $?; wait`);
  expect(gone).toMatchObject({ stdout: 'x1\n', stderr: expect.stringContaining('broken pipe (EPIPE)') });
  expect(await bks.shell(folder, `bks get ${id} -o - | head -c 1`)).toMatchObject({
    stdout: 'x',
    stderr: '',
  });
});

test('Ctrl-C ends a command that waits for the other end of a pipe', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  await bks.shell(folder, 'mkfifo p');
  for (const words of [
    ['get', id, '-o', 'p'],
    ['put', 'p'],
  ]) {
    const before = bks.service.api.seen.length;
    const child = bks.start(folder, ...words);
    const outcome = ended(child);
    // `get` opens the pipe after its first request; `put` sends no request before it has read.
    if (words[0] === 'get') await expect.poll(() => bks.service.api.seen.length).toBeGreaterThan(before);
    else await eventuallyOpens(child.pid ?? 0, join(folder, 'p'));
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
  }
});

/** Waits until a process has opened a path, by `/proc`. */
async function eventuallyOpens(pid: number, path: string): Promise<void> {
  const open = async () => {
    const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
    );
    return targets.includes(path);
  };
  await expect.poll(open, { timeout: 20_000 }).toBe(true);
}

test('an output path that cannot be written is reported, and leaves no file', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  const nowhere = await bks.run(folder, 'get', id, '-o', 'no/such/file');
  expect(nowhere).toMatchObject({ code: 1, stdout: '' });
  expect(nowhere.stderr).toMatch(/^\S+: Cannot write to no\/such: no such file or directory \(ENOENT\)\.\n$/);
  expect(await bks.run(folder, 'get', id, '-o', 'no/')).toMatchObject({ code: 2 });
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(!isRoot)('a folder that an unprivileged user may not write to is reported', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  const { code, stderr } = await bks.runUnprivileged(folder, 'get', id);
  expect(stderr).toContain('permission denied (EACCES)');
  expect(code).toBe(1);
});
