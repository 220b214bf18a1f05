import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createStorage } from '@bkend/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../random.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const isRoot = process.getuid?.() === 0;

interface Shown {
  readonly id: string;
  readonly originalName: string;
  readonly mimeType: string;
  readonly size: number;
}

const shown = (stdout: string): Shown[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const names = (stdout: string) =>
  shown(stdout)
    .map(({ originalName }) => originalName)
    .sort();

async function contentOf(stdout: string): Promise<string> {
  const storage = createStorage({ url: bks.service.api.url, apiKey: bks.service.secretKey });
  const [file] = shown(stdout);
  return (await storage.download(file?.id ?? '')).text();
}

test.each<[string, string]>([
  ['printf piped | bks put - --name x.txt --json', 'x.txt'],
  ['printf piped | bks put - --json', 'stdin'],
  ['printf piped | bks put /dev/stdin --name x.txt --json', 'x.txt'],
  ['printf piped >f; bks put - --name x.txt --json <f', 'x.txt'],
  ['bks put <(printf piped) --name x.txt --json', 'x.txt'],
  ['mkfifo p; printf piped >p & bks put p --json', 'p'],
  ['mkfifo late; { sleep 1; printf pi; sleep 0.5; printf ped; } >late & bks put -r late --json', 'late'],
  ['printf piped >f; ln -s f lnk; bks put lnk --json', 'lnk'],
])('what can be read is uploaded: %s', async (line, name) => {
  const { code, stdout, stderr } = await bks.shell(await bks.folder(), line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(names(stdout)).toEqual([name]);
  expect(await contentOf(stdout)).toBe('piped');
});

test('standard input of any length is uploaded, in parts where it is long', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'long'), seededBytes(4, 20 * 2 ** 20));
  const { stdout } = await bks.shell(folder, 'cat long | bks put - --name long.pdf --json');
  expect(shown(stdout)).toMatchObject([
    { originalName: 'long.pdf', size: 20 * 2 ** 20, mimeType: 'application/pdf' },
  ]);
});

test('a file whose size is known only by reading it is uploaded', async () => {
  const { code, stdout } = await bks.run(await bks.folder(), 'put', '/proc/version', '--json');
  expect(code).toBe(0);
  expect(await contentOf(stdout)).toMatch(/^Linux version/);
});

test('of a batch with every kind of bad entry, the good ones are uploaded and the others told with their reason', async () => {
  const folder = await bks.folder();
  const server = createServer();
  await mkdir(join(folder, 't', 'sub'), { recursive: true });
  await new Promise<void>((resolve) => server.listen(join(folder, 't', 'socket'), resolve));
  for (const name of ['a.txt', 'z.txt', 'sub/b.txt']) await writeFile(join(folder, 't', name), name);
  await writeFile(join(folder, 't', 'empty'), '');
  await symlink('../outside', join(folder, 't', 'dangling'));
  await symlink('loop', join(folder, 't', 'loop'));
  await symlink('.', join(folder, 't', 'folder-link'));
  await symlink('a.txt', join(folder, 't', 'file-link'));
  await writeFile(Buffer.from(`${folder}/t/\xff`, 'latin1'), 'no UTF-8');
  await writeFile(join(folder, 't', 'new\nline\u001b[31m'), 'x');
  const line = 'mkfifo t/pipe; bks put -r t nowhere --json';
  const { code, stdout, stderr } = await bks.shell(folder, line);
  server.close();
  expect(code).toBe(1);
  expect(names(stdout)).toEqual(['a.txt', 'b.txt', 'file-link', 'z.txt']);
  const told = Object.fromEntries(
    stderr
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each))
      .map(({ about, error }) => [about, error.message]),
  );
  expect(told).toEqual({
    nowhere: 'There is no such file.',
    't/dangling': 'It is a link that leads nowhere.',
    't/empty': expect.stringContaining('empty'),
    't/folder-link': expect.stringContaining('link to a folder'),
    't/loop': expect.stringContaining('loop'),
    't/new\nline\u001b[31m': expect.stringContaining('name'),
    't/pipe': 'It is a named pipe, and no file.',
    't/socket': 'It is a socket, and no file.',
    't/\ufffd': 'Its name is not UTF-8: rename it.',
  });
});

test('with --follow-links what is behind links to folders is uploaded once a name, and loops are told', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 't'));
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other', 'o.txt'), 'o');
  await writeFile(join(folder, 't', 'a.txt'), 'a');
  await symlink('../other', join(folder, 't', 'one'));
  await symlink('../other', join(folder, 't', 'two'));
  await symlink('../t', join(folder, 'other', 'back'));
  const { code, stdout, stderr } = await bks.run(folder, 'put', '-r', 't', '--follow-links', '--dry-run');
  expect(code).toBe(1);
  expect(stdout).toBe(
    ['t/a.txt', 't/one/o.txt', 't/two/o.txt'].map((path) => `would upload ${path}  1 B\n`).join(''),
  );
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  expect(stderr).toContain('t/one/back: It is a link to a folder that it is in: a loop.');
});

test('patterns choose what is uploaded, behind links to folders too, and nothing is told of what they leave out', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 't', 'node_modules', 'deep'), { recursive: true });
  await mkdir(join(folder, 'other'));
  for (const name of ['t/a.jpg', 't/b.txt', 't/node_modules/deep/c.jpg', 'other/d.jpg', 'other/e.txt']) {
    await writeFile(join(folder, name), 'x');
  }
  await symlink('../other', join(folder, 't', 'linked'));
  await symlink('nowhere', join(folder, 't', 'dangling.txt'));
  const words = ['--follow-links', '--include', '*.{jpg,png}', '--exclude', 'node_modules', '--dry-run'];
  expect(await bks.run(folder, 'put', '-r', 't', ...words)).toEqual({
    code: 0,
    stdout: 'would upload t/a.jpg  1 B\nwould upload t/linked/d.jpg  1 B\n',
    stderr: '',
  });
});

test('a line that names only what is no file says so, and what is one of several goes on', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'dir'));
  expect(await bks.run(folder, 'put', 'nowhere', 'dir')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'nowhere: There is no such file.\ndir: It is a folder: say --recursive to upload what is in it.\n',
  });
  const device = await bks.run(folder, 'put', '/dev/null');
  expect(device).toMatchObject({ code: 1, stderr: '/dev/null: It is a character device, and no file.\n' });
  expect(await bks.run(folder, 'put', 'a', 'b', '--name', 'x')).toMatchObject({ code: 2 });
});

test.skipIf(!isRoot)('an ordinary user is told what may not be read, and the rest is uploaded', async () => {
  const folder = await bks.folder();
  for (const name of ['a.txt', 'secret.txt', 'z.txt']) await writeFile(join(folder, name), name);
  await chmod(join(folder, 'secret.txt'), 0o600);
  await mkdir(join(folder, 'closed'), { mode: 0o700 });
  await writeFile(join(folder, 'closed', 'c.txt'), 'c');
  await writeFile(join(folder, 'empty-secret'), '', { mode: 0o600 });
  const { code, stdout, stderr } = await bks.runAsNobody(folder, 'put', '-r', '.', '--json');
  expect(code).toBe(1);
  expect(names(stdout)).toEqual(['a.txt', 'z.txt']);
  const lines = stderr.trimEnd().split('\n').sort();
  expect(lines).toHaveLength(3);
  for (const [index, name] of ['closed', 'empty-secret', 'secret.txt'].entries()) {
    expect(lines[index]).toContain(`"about":"${name}"`);
    expect(lines[index]).toContain('permission denied (EACCES)');
  }
});

test('with few descriptors and many transfers at once, every file is uploaded', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'many'));
  for (let index = 0; index < 150; index++) await writeFile(join(folder, 'many', `${index}.txt`), `${index}`);
  const line = 'ulimit -n 64; bks put -r many --concurrency 100 --json';
  const { code, stdout, stderr } = await bks.shell(folder, line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(new Set(names(stdout)).size).toBe(150);
});
