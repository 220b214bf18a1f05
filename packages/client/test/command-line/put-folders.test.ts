import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../../test-support/src/tenant/tenant.ts';
import { seededBytes } from '../seeded.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { writeTree } from './local-tree.ts';
import { storedFiles, storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterEach(() => bks.service.objects.calm());
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean);

/** Lets three PUTs through, waits until their files are shown, and stops the command while others hang. */
async function interrupt(child: ChildProcess, signal: NodeJS.Signals): Promise<string> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await expect.poll(() => lines(stdout).length, { timeout: 20_000 }).toBe(3);
  child.kill(signal);
  await once(child, 'close');
  bks.service.objects.calm();
  return stderr;
}

function letThreeThrough(): void {
  let puts = 0;
  bks.service.objects.decide = ({ method }) =>
    method === 'PUT' && ++puts > 3 ? { kind: 'stall' } : undefined;
}

test.each<[string, readonly string[], readonly string[]]>([
  ['a folder', ['-r', 'd'], ['d/a.txt', 'd/sub/b.txt']],
  ['a folder with a slash', ['-r', 'd/'], ['d/a.txt', 'd/sub/b.txt']],
  ['what a folder contains', ['-r', 'd/.'], ['a.txt', 'sub/b.txt']],
  ['a folder into another', ['-r', 'd', '--folder', 'into'], ['into/a.txt', 'into/sub/b.txt']],
  ['a folder into the root', ['-r', 'd', '--folder', '/'], ['a.txt', 'sub/b.txt']],
  ['a folder and a file', ['-r', 'd', 'c.txt'], ['c.txt', 'd/a.txt', 'd/sub/b.txt']],
  [
    'two folders into another',
    ['-r', 'd', 'e', '--folder', 'into'],
    ['into/d/a.txt', 'into/d/sub/b.txt', 'into/e/a.txt'],
  ],
  ['a folder with a path', ['-r', '../d/sub'], ['sub/b.txt']],
])('put keeps the tree of what it uploads: %s', async (_, words, expected) => {
  const folder = await bks.folder();
  await writeTree(folder, { 'd/a.txt': 'a', 'd/sub/b.txt': 'b', 'e/a.txt': 'e', 'c.txt': 'c' });
  const cwd = words.includes('../d/sub') ? join(folder, 'e') : folder;
  const user = `user-${expected.length}-${words.join('-')}`;
  const { code, stderr } = await bks.runAs(user, cwd, 'put', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await storedPaths(bks.storage(user), '')).toEqual(expected);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'put -r that ended by %s comes to exactly one file a path with the next run',
  async (signal) => {
    const folder = await bks.folder();
    const names = Array.from({ length: 12 }, (_, index) => `d/${index % 3}/${index}.txt`);
    await writeTree(folder, Object.fromEntries(names.map((name) => [name, `of ${name}`])));
    const command = ['put', '-r', 'd', '--folder', signal, '--concurrency', '1'];
    letThreeThrough();
    const stderr = await interrupt(bks.start(folder, ...command), signal);
    const resuming = /To resume:\n {2}bkend-storage (.*)\n/.exec(stderr)?.[1];
    const next =
      signal === 'SIGINT' ? await bks.shell(folder, `bks ${resuming}`) : await bks.run(folder, ...command);
    expect(next).toMatchObject({ code: 0, stderr: '' });
    // Also those that were there are answered.
    expect(lines(next.stdout)).toHaveLength(names.length);
    const stored = await storedFiles(bks.storage(), signal);
    expect(stored.map(({ path, content }) => [path, content])).toEqual(
      names.map((name) => [name.replace('d', signal), `of ${name}`]).sort(),
    );
    const again = await bks.run(folder, ...command);
    expect(lines(again.stdout).filter((line) => line.endsWith('(stored already)'))).toHaveLength(
      names.length,
    );
    expect(await storedPaths(bks.storage(), signal)).toHaveLength(names.length);
  },
);

test('the command that put prints after Ctrl-C leaves one file of each that was named', async () => {
  const folder = await bks.folder();
  const names = Array.from({ length: 8 }, (_, index) => `${index}.txt`);
  await writeTree(folder, Object.fromEntries(names.map((name) => [name, `of ${name}`])));
  letThreeThrough();
  const child = bks.start(folder, 'put', ...names, '--folder', 'named', '--concurrency', '1');
  const stderr = await interrupt(child, 'SIGINT');
  const resuming = /To resume:\n {2}bkend-storage (.*)\n/.exec(stderr)?.[1] ?? '';
  // A file whose registration was not answered yet is stored, and yet not known to be.
  const [, left = ''] = /(\d\.txt)(?!.*\d\.txt)/.exec(resuming) ?? [];
  await bks.storage().upload(`of ${left}`, { filename: left, folder: 'named' });
  expect(await bks.shell(folder, `bks ${resuming}`)).toMatchObject({ code: 0, stderr: '' });
  expect(await storedPaths(bks.storage(), 'named')).toEqual(names.map((name) => `named/${name}`));
});

test('only the same contents of the same owner, with what the options ask for, count as stored', async () => {
  const folder = await bks.folder();
  await writeTree(folder, { 'd/same.txt': 'same', 'd/changed.txt': 'before', 'd/of-bob.txt': 'bob' });
  const large = seededBytes(5, 17 * 2 ** 20);
  await writeFile(join(folder, 'd/large.bin'), large);
  await bks.storage('bob').upload('bob', { filename: 'of-bob.txt', folder: 'd', visibility: 'public' });
  const put = (...words: string[]) => bks.runAs('alice', folder, 'put', '-r', 'd', ...words);
  const uploaded = async (...words: string[]) =>
    lines((await put(...words, '--json')).stdout)
      .map((line): { originalName: string; present?: true } => JSON.parse(line))
      .filter(({ present }) => !present)
      .map(({ originalName }) => originalName)
      .sort();
  expect(await uploaded()).toEqual(['changed.txt', 'large.bin', 'of-bob.txt', 'same.txt']);
  await writeFile(join(folder, 'd/changed.txt'), 'after!');
  expect((await put('--dry-run')).stdout).toBe('would upload d/changed.txt  6 B\n');
  expect(await uploaded()).toEqual(['changed.txt']);
  expect(await uploaded()).toEqual([]);
  expect(await uploaded('--visibility', 'public', '--exclude', '*.bin')).toEqual([
    'changed.txt',
    'of-bob.txt',
    'same.txt',
  ]);
  expect(await uploaded('--visibility', 'public', '--exclude', '*.bin')).toEqual([]);
});

test('a key that may not list files uploads, and this is said', async () => {
  const folder = await bks.folder();
  await writeTree(folder, { 'd/a.txt': 'a' });
  const [project = '', environment = ''] = bks.service.environment.split('/');
  const words = ['--type', 'secret', '--project', project, '--env', environment];
  const { key } = await createKey([...words, '--scopes', 'files:write']);
  const line = `BKEND_API_KEY=${key} bks put -r d --json`;
  const { code, stdout, stderr } = await bks.shell(folder, line);
  expect(code).toBe(0);
  expect(lines(stdout)).toHaveLength(1);
  expect(stderr).toContain('may not list files');
});
