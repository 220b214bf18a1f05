import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { readTree, writeTree } from './local-tree.ts';
import { storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean).sort();

/** Stores text files. @returns their ids by path */
async function store(...paths: string[]): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const path of paths) {
    const names = path.split('/');
    const folder = names.slice(0, -1).join('/');
    ids[path] = (await bks.storage().upload(`of ${path}`, { filename: names.at(-1) ?? '', folder })).id;
  }
  return ids;
}

test('put --folder keeps the folders of what it uploads', async () => {
  const folder = await bks.folder();
  await writeTree(folder, { 'p/a.txt': 'a', 'p/sub/b.txt': 'b', 'c.txt': 'c' });
  expect(await bks.run(folder, 'put', '-r', 'p', 'c.txt', '--folder', '/put/here/')).toMatchObject({
    code: 0,
  });
  expect(await storedPaths(bks.storage(), 'put')).toEqual([
    'put/here/a.txt',
    'put/here/c.txt',
    'put/here/sub/b.txt',
  ]);
  const wrong = await bks.run(folder, 'put', 'c.txt', '--folder', 'a/../b');
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('file/invalid-folder') });
});

describe('a file is found by', () => {
  test('its id, its key, its folder and name, and a name that looks like an id', async () => {
    const ids = await store('found/a.txt', 'found/b/a.txt', 'root-file.txt');
    const odd = '0199e1a2-3b4c-7d5e-8f60-718293a4b5c6';
    const named = (await bks.storage().upload('odd', { filename: odd })).id;
    const { key } = await bks.storage().get(ids['found/a.txt'] ?? '');
    const folder = await bks.folder();
    for (const [reference, id] of [
      [ids['found/a.txt'], ids['found/a.txt']],
      [key, ids['found/a.txt']],
      ['found/a.txt', ids['found/a.txt']],
      ['bkend:found/b/a.txt', ids['found/b/a.txt']],
      ['/root-file.txt', ids['root-file.txt']],
      [`bkend:${odd}`, named],
    ]) {
      const { stdout } = await bks.run(folder, 'stat', reference ?? '', '--json');
      expect({ reference, id: JSON.parse(stdout || '{}').id }).toEqual({ reference, id });
    }
    for (const reference of ['found/A.txt', 'found/a', 'a.txt', 'found', 'found/', odd]) {
      const { code, stderr } = await bks.run(folder, 'stat', reference, '--json');
      expect({ reference, code, error: JSON.parse(stderr).error.code }).toEqual({
        reference,
        code: 1,
        error: 'file/not-found',
      });
    }
  });

  test.each([
    ['get', ['many/x.txt']],
    ['stat', ['many/x.txt']],
    ['url', ['many/x.txt']],
    ['share', ['many/x.txt', 'bob']],
    ['mv', ['many/x.txt', 'y.txt']],
    ['rm', ['many/x.txt', '--yes']],
  ])('no name that several files have: %s lists their ids and does nothing', async (command, words) => {
    const ids = Object.values(await store('many/x.txt')).concat(Object.values(await store('many/x.txt')));
    const { code, stdout, stderr } = await bks.run(await bks.folder(), command, ...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/files have this name: give the id of one/);
    for (const id of ids) expect((await bks.storage().get(id)).originalName).toBe('x.txt');
    for (const id of ids) await bks.storage().delete(id);
    for await (const { id } of bks.storage().list({ folder: 'many' })) await bks.storage().delete(id);
  });
});

test('mv gives a file another name, another folder, or both', async () => {
  const ids = await store('mv/a.txt');
  const folder = await bks.folder();
  for (const [from, to, path] of [
    ['mv/a.txt', 'b.txt', 'mv/b.txt'],
    ['mv/b.txt', 'mv/deep/', 'mv/deep/b.txt'],
    ['mv/deep/b.txt', 'moved/c.txt', 'moved/c.txt'],
    ['moved/c.txt', '/moved-c.txt', 'moved-c.txt'],
  ] as const) {
    const { stdout } = await bks.run(folder, 'mv', from, to);
    expect(stdout).toBe(`${ids['mv/a.txt']}  ${path}\n`);
  }
});

test('share says that it changes the visibility, and refuses a public file without --force', async () => {
  const storage = bks.storage();
  const file = await storage.upload('open', { filename: 'open.txt', folder: 'share', visibility: 'public' });
  const folder = await bks.folder();
  expect(await bks.run(folder, 'share', 'share/open.txt', 'bob')).toMatchObject({ code: 2, stdout: '' });
  expect(await storage.get(file.id)).toMatchObject({ visibility: 'public' });
  const forced = await bks.run(folder, 'share', 'share/open.txt', 'bob', '--force');
  expect(forced.stderr).toContain('Its visibility was public, and is shared now.');
  expect(await storage.get(file.id)).toMatchObject({ visibility: 'shared', sharedWith: ['bob'] });
  expect(await bks.run(folder, 'share', 'share/open.txt', 'carol')).toMatchObject({ code: 0, stderr: '' });
});

test('ls, tree, du and find show folders and what is below them', async () => {
  await store('show/a10.txt', 'show/a2.txt', 'show/sub/b.txt', 'show/sub/deep/c.svg', 'showing/other.txt');
  const folder = await bks.folder();
  const ls = await bks.run(folder, 'ls', 'show');
  expect(ls.stderr).toBe('');
  expect(ls.stdout.split('\n').map((line) => line.split('  ').at(-1)?.trim())).toEqual([
    'show/sub/',
    'show/a2.txt',
    'show/a10.txt',
    '',
  ]);
  expect((await bks.run(folder, 'tree', 'show')).stdout).toBe(
    [
      'show',
      '├── sub/',
      '│   ├── deep/',
      '│   │   └── c.svg  22 B',
      '│   └── b.txt  17 B',
      '├── a2.txt  14 B',
      '└── a10.txt  15 B',
      '',
    ].join('\n'),
  );
  const du = await bks.run(folder, 'du', 'show', '--depth', '2', '--json');
  expect(lines(du.stdout).map((line) => JSON.parse(line))).toEqual([
    { folder: 'show', files: 4, bytes: 68 },
    { folder: 'show/sub', files: 2, bytes: 39 },
    { folder: 'show/sub/deep', files: 1, bytes: 22 },
  ]);
  const find = (...words: string[]) => bks.run(folder, 'find', ...words, '--paths');
  expect(lines((await find('show', '--mime', 'image/*')).stdout)).toEqual(['show/sub/deep/c.svg']);
  expect(lines((await find('show/sub')).stdout)).toEqual(['show/sub/b.txt', 'show/sub/deep/c.svg']);
  expect(lines((await find('--name', 'A2.T')).stdout)).toEqual(['show/a2.txt']);
  expect(lines((await find('show', '--min-size', '20')).stdout)).toEqual(['show/sub/deep/c.svg']);
});

test('get --recursive downloads folders, and overwrites nothing', async () => {
  await store('got/a.txt', 'got/sub/b.txt', 'other/c.txt');
  const folder = await bks.folder();
  expect((await bks.run(folder, 'get', '-r', 'got')).code).toBe(0);
  expect(await readTree(join(folder, 'got'))).toEqual({
    'a.txt': 'of got/a.txt',
    'sub/b.txt': 'of got/sub/b.txt',
  });
  await writeFile(join(folder, 'got/a.txt'), 'mine');
  const again = await bks.run(folder, 'get', '-r', 'got', '-o', 'got');
  expect(again.stderr).toContain('got/a.txt exists and is kept; the file is saved as got/a (1).txt.');
  expect(await readTree(join(folder, 'got'))).toMatchObject({ 'a.txt': 'mine', 'a (1).txt': 'of got/a.txt' });
  await mkdir(join(folder, 'both'));
  await bks.run(folder, 'get', '-r', 'got', 'other', '-o', 'both');
  expect(Object.keys(await readTree(join(folder, 'both')))).toEqual([
    'got/a.txt',
    'got/sub/b.txt',
    'other/c.txt',
  ]);
  expect(await bks.run(folder, 'get', '-r', 'nowhere')).toMatchObject({ code: 1, stdout: '' });
});

test('paths of folders and files are completed', async () => {
  await store('complete/one/a.txt', 'complete/on.txt', 'complete/two.txt');
  const folder = await bks.folder();
  const complete = async (...words: string[]) =>
    lines((await bks.run(folder, 'complete-path', ...words)).stdout);
  expect(await complete('complete/on')).toEqual(['complete/on.txt', 'complete/one/']);
  expect(await complete('complete/', '--folders')).toEqual(['complete/one/']);
  expect(await complete('comp')).toEqual(['complete/']);
  expect(await complete('nothing-like-it')).toEqual([]);
  await bks.run(folder, 'rm', 'complete/two.txt');
  expect(await complete('complete/t')).toEqual([]);
  expect(await complete('complete/t', '--trash')).toEqual(['complete/two.txt']);
});
