import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { readTree, writeTree } from './local-tree.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterEach(() => bks.service.objects.calm());
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean);

test.each(['SIGINT', 'SIGKILL'] as const)(
  'get -r that ended by %s is completed by the same command, which makes no second copy of a file',
  async (signal) => {
    const folder = await bks.folder();
    const names = Array.from({ length: 12 }, (_, index) => `${index % 3}/${index}.txt`);
    const files = Object.fromEntries(names.map((name) => [name, `of ${name}`]));
    await Promise.all(
      Object.entries(files).map(([path, content]) => {
        const [below = '', filename = ''] = path.split('/');
        return bks.storage().upload(content, { filename, folder: `${signal}/${below}` });
      }),
    );
    let gets = 0;
    bks.service.objects.decide = ({ method }) =>
      method === 'GET' && ++gets > 5 ? { kind: 'stall' } : undefined;
    const child = bks.start(folder, 'get', '-r', signal);
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    await expect.poll(() => lines(stdout).length, { timeout: 20_000 }).toBe(5);
    child.kill(signal);
    await once(child, 'close');
    bks.service.objects.calm();
    const next = await bks.run(folder, 'get', '-r', signal, '--json');
    expect(next).toMatchObject({ code: 0, stderr: '' });
    const answers = lines(next.stdout).map((line): { present?: true } => JSON.parse(line));
    expect(answers).toHaveLength(12);
    expect(answers.filter(({ present }) => present)).toHaveLength(5);
    expect(await readTree(join(folder, signal))).toEqual(files);
  },
);

test('of several stored files of one name each is here once, whatever number its name has', async () => {
  for (const content of ['one', 'two', 'two', 'three']) {
    await bks.storage().upload(content, { filename: 'x.txt', folder: 'several' });
  }
  const folder = await bks.folder();
  await bks.run(folder, 'get', '-r', 'several');
  const here = await readTree(join(folder, 'several'));
  expect(Object.keys(here)).toEqual(['x (1).txt', 'x (2).txt', 'x (3).txt', 'x.txt']);
  for (const words of [[], ['--force']]) {
    expect(await bks.run(folder, 'get', '-r', 'several', ...words)).toMatchObject({ code: 0, stderr: '' });
    expect(await readTree(join(folder, 'several'))).toEqual(here);
  }
});

test('a file of the same size and other contents is no copy; one of the same contents is, whatever its time', async () => {
  const storage = bks.storage();
  const large = seededBytes(6, 17 * 2 ** 20);
  await storage.upload('stored', { filename: 'a.txt', folder: 'alike' });
  await storage.upload('stored', { filename: 'b.txt', folder: 'alike' });
  await storage.upload(large, { filename: 'in-parts.bin', folder: 'alike' });
  const folder = await bks.folder();
  await writeTree(folder, { 'alike/a.txt': 'edited', 'alike/b.txt': 'stored' });
  await utimes(join(folder, 'alike/b.txt'), 1_000, 1_000);
  expect(await bks.run(folder, 'get', '-r', 'alike')).toMatchObject({ code: 0 });
  const names = ['a (1).txt', 'a.txt', 'b.txt', 'in-parts.bin'];
  expect((await readdir(join(folder, 'alike'))).sort()).toEqual(names);
  expect(await readFile(join(folder, 'alike/a.txt'), 'utf8')).toBe('edited');
  // The ETag of an upload in parts is no hash of the bytes: the time tells that it is complete.
  await bks.run(folder, 'get', '-r', 'alike');
  expect((await readdir(join(folder, 'alike'))).sort()).toEqual(names);
});

test('files get the time of their contents, to the millisecond', async () => {
  const folder = await bks.folder();
  await writeTree(folder, { 'd/a.txt': 'a' });
  for (const milliseconds of [1_700_000_000_123, 1_700_000_000_999, 1_234_567_890_001]) {
    await utimes(join(folder, 'd/a.txt'), milliseconds / 1000 + 1e-6, milliseconds / 1000 + 1e-6);
    await bks.run(folder, 'sync', 'd', 'bkend:timed');
    await bks.run(folder, 'get', '-r', 'timed', '-o', `at-${milliseconds}`);
    const { mtimeMs } = await stat(join(folder, `at-${milliseconds}/a.txt`));
    expect(Math.floor(mtimeMs)).toBe(milliseconds);
  }
});

test('a folder is not written to standard output', async () => {
  const folder = await bks.folder();
  await bks.storage().upload('a', { filename: 'a.txt', folder: 'printed' });
  const { code, stdout, stderr } = await bks.run(folder, 'get', '-r', 'printed', '-o', '-');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('A folder cannot be written to standard output');
  expect(await readdir(folder)).toEqual([]);
  await mkdir(join(folder, '-'));
  await writeFile(join(folder, '-/kept'), 'kept');
  expect(await bks.run(folder, 'get', '-r', 'printed', '-o', './-')).toMatchObject({ code: 0 });
  expect(await readTree(join(folder, '-'))).toEqual({ 'a.txt': 'a', kept: 'kept' });
});
