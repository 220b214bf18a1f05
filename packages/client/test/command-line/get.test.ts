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

test('several files of one name are all kept, and each line says where', async () => {
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
])('nothing that is there is overwritten or harmed by a file named %s', async (name, numbered) => {
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

test('a file that the user names is not overwritten either, unless with --force', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'out.txt'), 'mine');
  const id = await bks.upload('theirs', 'x');
  expect((await bks.run(folder, 'get', id, '-o', 'out.txt')).stdout).toBe('out (1).txt  6 B\n');
  expect(await read(folder, 'out.txt')).toBe('mine');
  expect((await bks.run(folder, 'get', id, '-o', 'out.txt', '--force')).stdout).toBe('out.txt  6 B\n');
  expect(await read(folder, 'out.txt')).toBe('theirs');
});

test('a name that came with a file leads through no link and into no pipe, with --force neither', async () => {
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

test('a link that the user names is followed and stays', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'target'), 'old');
  await symlink('target', join(folder, 'lnk'));
  await symlink('new', join(folder, 'dangling'));
  const id = await bks.upload('theirs', 'x');
  expect((await bks.run(folder, 'get', id, '-o', 'lnk')).code).toBe(0);
  expect((await bks.run(folder, 'get', id, '-o', 'dangling')).code).toBe(0);
  expect(await read(folder, 'target')).toBe('theirs');
  expect(await read(folder, 'new')).toBe('theirs');
  expect(await readlink(join(folder, 'lnk'))).toBe('target');
});

test.skipIf(!isRoot)('a device that the user names is written to and stays one', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  // Of the null device, in a folder of its own.
  const { code, stderr } = await bks.shell(folder, `mknod nul c 1 3 && bks get ${id} -o nul`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect((await lstat(join(folder, 'nul'))).isCharacterDevice()).toBe(true);
  expect(await readdir(folder)).toEqual(['nul']);
});

test('pipes, descriptors and the output of a shell are written to', async () => {
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

test('a UNIX socket that the user names is written to', async () => {
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

test('a device that takes no more, and a reader that leaves, are told', async () => {
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

test('Ctrl-C ends what waits for the other end of a pipe', async () => {
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
    // It opens the pipe when it has asked the service; a put asks nothing before it has read.
    if (words[0] === 'get') await expect.poll(() => bks.service.api.seen.length).toBeGreaterThan(before);
    else await eventuallyOpens(child.pid ?? 0, join(folder, 'p'));
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
  }
});

/** From `/proc`, where there is one. */
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

test('where nothing can be written, the line says why, and nothing is left', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  const nowhere = await bks.run(folder, 'get', id, '-o', 'no/such/file');
  expect(nowhere).toMatchObject({ code: 1, stdout: '' });
  expect(nowhere.stderr).toMatch(/^\S+: Cannot write to no\/such: no such file or directory \(ENOENT\)\.\n$/);
  expect(await bks.run(folder, 'get', id, '-o', 'no/')).toMatchObject({ code: 2 });
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(!isRoot)('an ordinary user is told where writing is not allowed', async () => {
  const folder = await bks.folder();
  const id = await bks.upload('theirs', 'x');
  const { code, stderr } = await bks.runAsNobody(folder, 'get', id);
  expect(stderr).toContain('permission denied (EACCES)');
  expect(code).toBe(1);
});
