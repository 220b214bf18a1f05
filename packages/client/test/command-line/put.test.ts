import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createStorage } from '@bkend/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
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

test('standard input of any length is uploaded, in parts above 16 MiB', async () => {
  const folder = await bks.folder();
  await writeFile(join(folder, 'long'), seededBytes(4, 20 * 2 ** 20));
  const { stdout } = await bks.shell(folder, 'cat long | bks put - --name long.pdf --json');
  expect(shown(stdout)).toMatchObject([
    { originalName: 'long.pdf', size: 20 * 2 ** 20, mimeType: 'application/pdf' },
  ]);
});

test('a file without a size of its own is uploaded', async () => {
  const { code, stdout } = await bks.run(await bks.folder(), 'put', '/proc/version', '--json');
  expect(code).toBe(0);
  expect(await contentOf(stdout)).toMatch(/^Linux version/);
});

test('valid entries of a folder are uploaded, and each other entry is reported with its reason', async () => {
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
  const reported = Object.fromEntries(
    stderr
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each))
      .map(({ about, error }) => [about, error.message]),
  );
  expect(reported).toEqual({
    nowhere: 'There is no such file.',
    't/dangling': 'It is a link that leads nowhere.',
    't/empty': 'It is empty, and left out: the smallest file here has 1 byte (uploads.minFileBytes).',
    't/folder-link': expect.stringContaining('link to a folder'),
    't/loop': expect.stringContaining('loop'),
    't/new\nline\u001b[31m': expect.stringContaining('name'),
    't/pipe': 'It is a named pipe, not a file.',
    't/socket': 'It is a socket, not a file.',
    't/\ufffd': 'Its name is not UTF-8: rename it.',
  });
});

test('with --follow-links files behind links to folders are uploaded under each name, and loops are reported', async () => {
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
  expect(stderr).toContain('t/one/back: It is a link to a folder that contains it: a loop.');
});

test('patterns select files, also behind links to folders, and excluded entries are not reported', async () => {
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

test('paths of folders, devices and missing files are refused with their reason', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'dir'));
  expect(await bks.run(folder, 'put', 'nowhere', 'dir')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'nowhere: There is no such file.\ndir: It is a folder: give --recursive to upload its files.\n',
  });
  const device = await bks.run(folder, 'put', '/dev/null');
  expect(device).toMatchObject({ code: 1, stderr: '/dev/null: It is a character device, not a file.\n' });
  expect(await bks.run(folder, 'put', 'a', 'b', '--name', 'x')).toMatchObject({ code: 2 });
});

test.skipIf(!isRoot)(
  'files that an unprivileged user may not read are reported, and the others are uploaded',
  async () => {
    const folder = await bks.folder();
    for (const name of ['a.txt', 'secret.txt', 'z.txt']) await writeFile(join(folder, name), name);
    await chmod(join(folder, 'secret.txt'), 0o600);
    await mkdir(join(folder, 'closed'), { mode: 0o700 });
    await writeFile(join(folder, 'closed', 'c.txt'), 'c');
    await writeFile(join(folder, 'empty-secret'), '', { mode: 0o600 });
    const { code, stdout, stderr } = await bks.runUnprivileged(folder, 'put', '-r', '.', '--json');
    expect(code).toBe(1);
    expect(names(stdout)).toEqual(['a.txt', 'z.txt']);
    const lines = stderr.trimEnd().split('\n').sort();
    expect(lines).toHaveLength(3);
    for (const [index, name] of ['closed', 'empty-secret', 'secret.txt'].entries()) {
      expect(lines[index]).toContain(`"about":"${name}"`);
      expect(lines[index]).toContain('permission denied (EACCES)');
    }
  },
);

test('150 files are uploaded by 100 concurrent transfers with 64 descriptors', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'many'));
  for (let index = 0; index < 150; index++) await writeFile(join(folder, 'many', `${index}.txt`), `${index}`);
  const line = 'ulimit -n 64; bks put -r many --concurrency 100 --json';
  const { code, stdout, stderr } = await bks.shell(folder, line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(new Set(names(stdout)).size).toBe(150);
});
