import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
let folder: string;
let id: string;
beforeAll(async () => {
  bks = await startCommandLine();
  folder = await bks.folder();
  await mkdir(join(folder, 'here'));
  await writeFile(join(folder, 'here', 'a.txt'), 'mine');
  await writeFile(join(folder, 'FILE'), 'mine');
  ({ id } = await bks.storage().upload('stored', { filename: 'a.txt', folder: 't1' }));
  await bks.storage().keepFolder('kept');
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

test.each<[readonly string[], string]>([
  [['sync', 'here', 'bkend:', '--delete'], 'the root is bkend:/'],
  [['sync', 'bkend:', 'here', '--delete'], 'the root is bkend:/'],
  [['sync', 'bkend:t1', ''], 'empty'],
  [['sync', '', 'bkend:t1', '--delete'], 'empty'],
  [['get', 'ID', '-o', ''], 'empty'],
  [['get', '-r', 't1', '-o', ''], 'empty'],
  [['sync', 'bkend:t1', 'FILE'], 'FILE is not a folder.'],
  [['get', '-r', 't1', '-o', 'FILE'], 'FILE is not a folder.'],
])('%j is refused with exit code 2, and changes nothing', async (words, message) => {
  const argv = words.map((word) => (word === 'ID' ? id : word));
  const { code, stdout, stderr } = await bks.run(folder, ...argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect((await readdir(folder)).sort()).toEqual(['FILE', 'here']);
  expect((await bks.run(folder, 'ls', 't1', '--json')).stdout).toContain(id);
});

test.each([['ls'], ['tree'], ['du'], ['find'], ['find', '--name', 'x'], ['sync', 'bkend:', 'down']])(
  '%s tells a folder that does not exist from an empty one',
  async (command, ...words) => {
    const prefix = command === 'sync' ? 'bkend:' : '';
    const rest = command === 'sync' ? words.slice(1) : words;
    const nowhere = await bks.run(folder, command, `${prefix}nope`, ...rest);
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(nowhere.stderr).toContain('There is no folder nope.');
    expect((await bks.run(folder, command, `${prefix}kept`, ...rest)).code).toBe(0);
    if (command !== 'sync') expect((await bks.run(folder, command, '/', ...rest)).code).toBe(0);
  },
  30_000,
);

test('a folder that cannot be created is an error', async () => {
  for (const words of [
    ['sync', 'bkend:t1', '/proc/x/y'],
    ['get', '-r', 't1', '-o', '/proc/x'],
  ]) {
    const { code, stderr } = await bks.run(folder, ...words);
    expect(stderr).toMatch(/Cannot create the folder \/proc\/x.*ENOENT/);
    expect(code).toBe(1);
  }
});
