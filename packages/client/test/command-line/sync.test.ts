import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { readTree, writeTree } from './local-tree.ts';
import { storedFiles, storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

/** A new folder with these files. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await bks.folder();
  await writeTree(folder, files);
  return folder;
}

const sync = (cwd: string, ...words: string[]) => bks.run(cwd, 'sync', ...words);
const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean).sort();

test('sync uploads new files with their folders, gives changed ones new contents, and leaves the others', async () => {
  const folder = await folderWith({ 'd/a.txt': 'one', 'd/sub/b.txt': 'two', 'd/sub/c.txt': 'three' });
  const dry = await sync(folder, 'd', 'bkend:up', '--dry-run');
  expect(lines(dry.stdout)).toEqual([
    'would upload  a.txt',
    'would upload  sub/b.txt',
    'would upload  sub/c.txt',
  ]);
  expect(await storedPaths(bks.storage(), 'up')).toEqual([]);
  expect(await sync(folder, 'd', 'bkend:up')).toMatchObject({ code: 0, stderr: '' });
  const before = await storedFiles(bks.storage(), 'up');
  expect(before.map(({ path, content }) => [path, content])).toEqual([
    ['up/a.txt', 'one'],
    ['up/sub/b.txt', 'two'],
    ['up/sub/c.txt', 'three'],
  ]);
  expect(await sync(folder, 'd', 'bkend:up')).toEqual({ code: 0, stdout: '', stderr: '' });

  await writeFile(join(folder, 'd/a.txt'), 'ONE');
  await rm(join(folder, 'd/sub/b.txt'));
  const { stdout } = await sync(folder, 'd', 'bkend:up/');
  expect(lines(stdout)).toEqual(['replaced  a.txt']);
  const after = await storedFiles(bks.storage(), 'up');
  expect(after.map(({ path, content }) => [path, content])).toEqual([
    ['up/a.txt', 'ONE'],
    ['up/sub/b.txt', 'two'],
    ['up/sub/c.txt', 'three'],
  ]);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect((await sync(folder, 'd', 'bkend:up', '--delete')).stdout).toBe('deleted  sub/b.txt\n');
  expect(await storedPaths(bks.storage(), 'up')).toEqual(['up/a.txt', 'up/sub/c.txt']);
  // In the trash.
  const gone = before.find(({ path }) => path === 'up/sub/b.txt');
  expect(await bks.storage().restore(gone?.id ?? '')).toMatchObject({ id: gone?.id, folder: 'up/sub' });
  await sync(folder, 'd', 'bkend:up', '--delete', '--permanent');
  await expect(bks.storage().get(gone?.id ?? '')).rejects.toMatchObject({ code: 'file/not-found' });
});

test('a changed file keeps its visibility, its users and its metadata', async () => {
  const folder = await folderWith({ 'd/a.txt': 'one' });
  await sync(folder, 'd', 'bkend:kept');
  const [file] = await storedFiles(bks.storage(), 'kept');
  const changes = { visibility: 'shared', sharedWith: ['bob'], metadata: { alt: 'A', tags: ['x'] } } as const;
  await bks
    .storage()
    .update(file?.id ?? '', { ...changes, sharedWith: ['bob'], metadata: { alt: 'A', tags: ['x'] } });
  await writeFile(join(folder, 'd/a.txt'), 'another');
  expect((await sync(folder, 'd', 'bkend:kept')).stdout).toBe('replaced  a.txt\n');
  expect(await bks.storage().get(file?.id ?? '')).toMatchObject({ ...changes, size: 7 });
});

describe('sync deletes nothing that is not its own:', () => {
  test.each([
    ['ann/web', 'ben/web'],
    [`one/${'n'.repeat(59)}-primary`, `one/${'n'.repeat(59)}-replica`],
  ])('files of another folder with the same last name: %s', async (one, other) => {
    const folder = await folderWith({ [`${one}/a.txt`]: '1', [`${other}/b.txt`]: '2' });
    expect(await sync(folder, one, `bkend:${one}`)).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await sync(folder, other, `bkend:${other}`, '--delete');
    expect(stdout).toBe('uploaded  b.txt\n');
    expect(await storedPaths(bks.storage(), one)).toEqual([`${one}/a.txt`]);
  });

  test('files of a folder whose name begins like its own, or that contains it', async () => {
    const folder = await folderWith({ 'd/a.txt': '1', 'e/b.txt': '2' });
    for (const other of ['pre-fix', 'pre', 'pre/fi/x', 'PRE/fix', '']) {
      await sync(folder, 'd', `bkend:${other}`);
    }
    await sync(folder, 'e', 'bkend:pre/fix', '--delete');
    expect(await storedPaths(bks.storage(), 'pre')).toEqual(['pre/a.txt', 'pre/fi/x/a.txt', 'pre/fix/b.txt']);
    expect(await storedPaths(bks.storage(), 'pre-fix')).toEqual(['pre-fix/a.txt']);
    expect(await storedPaths(bks.storage(), 'PRE')).toEqual(['PRE/fix/a.txt']);
  });

  test('files of another owner in the same folder, for a user and for an admin', async () => {
    const folder = await folderWith({
      'u/x.txt': 'of alice',
      'v/y.txt': 'of another',
      'v/x.txt': 'of another',
    });
    expect(
      await bks.runAs('alice', folder, 'sync', 'u', 'bkend:pics', '--visibility', 'public'),
    ).toMatchObject({
      code: 0,
    });
    await bks.runAs('bob', folder, 'sync', 'v', 'bkend:pics', '--delete');
    await sync(folder, 'v', 'bkend:pics', '--delete');
    const found = await storedFiles(bks.storage('alice'), 'pics', { mine: true });
    expect(found.map(({ path, content }) => [path, content])).toEqual([['pics/x.txt', 'of alice']]);
    const all = await storedPaths(bks.storage(), 'pics');
    expect(all).toEqual(['pics/x.txt', 'pics/x.txt', 'pics/x.txt', 'pics/y.txt', 'pics/y.txt']);
  });
});

test.skipIf(process.getuid?.() !== 0)('after a failure sync deletes nothing', async () => {
  const folder = await folderWith({ 'n/plan.txt': 'only', 'n/b.txt': 'b' });
  expect((await sync(folder, 'n', 'bkend:plans')).code).toBe(0);
  await rename(join(folder, 'n', 'plan.txt'), join(folder, 'n', 'plan-2.txt'));
  await chmod(join(folder, 'n', 'plan-2.txt'), 0o600);
  const words = ['sync', 'n', 'bkend:plans', '--delete'];
  const { code, stdout, stderr } = await bks.runUnprivileged(folder, ...words);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('nothing is deleted; without them, 1 stored file would be');
  expect(await storedPaths(bks.storage(), 'plans')).toEqual(['plans/b.txt', 'plans/plan.txt']);
});

test('more files than --max-delete allows are not deleted', async () => {
  const folder = await folderWith({ 'd/a': '1', 'd/b': '2', 'd/c': '3', 'e/d': '4' });
  await sync(folder, 'd', 'bkend:many');
  const few = await sync(folder, 'e', 'bkend:many', '--delete', '--max-delete', '2');
  expect(few).toMatchObject({ code: 1, stdout: 'uploaded  d\n' });
  expect(few.stderr).toContain('3 stored files would be deleted, more than --max-delete allows');
  expect((await storedPaths(bks.storage(), 'many')).length).toBe(4);
  expect((await sync(folder, 'e', 'bkend:many', '--delete', '--max-delete', '3')).code).toBe(0);
  expect(await storedPaths(bks.storage(), 'many')).toEqual(['many/d']);
});

test('an empty source deletes nothing, unless --max-delete is given', async () => {
  const folder = await folderWith({ 'd/a': '1', 'd/b': '2' });
  await sync(folder, 'd', 'bkend:full');
  await mkdir(join(folder, 'unmounted'));
  const up = await sync(folder, 'unmounted', 'bkend:full', '--delete');
  expect(up).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has no files at all') });
  const misspelt = await sync(folder, 'bkend:fulll', 'd', '--delete');
  expect(misspelt).toMatchObject({ code: 1, stdout: '', stderr: 'There is no folder fulll.\n' });
  await bks.storage().keepFolder('empty');
  const down = await sync(folder, 'bkend:empty', 'd', '--delete');
  expect(down).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has no files at all') });
  expect(await storedPaths(bks.storage(), 'full')).toEqual(['full/a', 'full/b']);
  expect(Object.keys(await readTree(join(folder, 'd')))).toEqual(['a', 'b']);
  await sync(folder, 'unmounted', 'bkend:full', '--delete', '--max-delete', '2');
  expect(await storedPaths(bks.storage(), 'full')).toEqual([]);
  // A folder goes with its last file.
  expect((await sync(folder, 'bkend:full', 'd', '--delete', '--max-delete', '2')).code).toBe(0);
  expect(Object.keys(await readTree(join(folder, 'd')))).toEqual([]);
});

test('sync follows links to files, and to folders only where it is asked to, never in a loop', async () => {
  const folder = await folderWith({ 's/f.txt': 'd', 'real.txt': 'd', 'other/g.txt': 'g' });
  expect((await sync(folder, 's', 'bkend:links')).stdout).toBe('uploaded  f.txt\n');
  await rm(join(folder, 's', 'f.txt'));
  await symlink('../real.txt', join(folder, 's', 'f.txt'));
  expect(await sync(folder, 's', 'bkend:links', '--delete')).toEqual({ code: 0, stdout: '', stderr: '' });
  await symlink('../other', join(folder, 's', 'linked'));
  await symlink('../s', join(folder, 's', 'loop'));
  await symlink('nowhere', join(folder, 's', 'broken'));
  const { code, stderr } = await sync(folder, 's', 'bkend:links', '--delete');
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([
    's/broken: It is a link that leads nowhere.',
    's/linked: It is a link to a folder: give --follow-links to upload its files.',
    's/loop: It is a link to a folder: give --follow-links to upload its files.',
  ]);
  const followed = await sync(folder, 's', 'bkend:links', '--follow-links');
  expect(followed.stdout).toBe('uploaded  linked/g.txt\n');
  expect(followed.stderr).toContain('s/loop: It is a link to a folder that contains it: a loop.');
});

test('category and visibility are never guessed from the names of folders', async () => {
  const folder = await folderWith({ 'd/temp/a.txt': '1', 'd/images/readme.txt': '2', 'd/public/x.txt': '3' });
  expect((await sync(folder, 'd', 'bkend:named')).code).toBe(0);
  for (const { file } of await storedFiles(bks.storage(), 'named')) {
    expect(file).toMatchObject({ category: 'documents', visibility: 'private' });
  }
  await sync(folder, 'd', 'bkend:asked', '--category', 'exports', '--visibility', 'protected');
  for (const { file } of await storedFiles(bks.storage(), 'asked')) {
    expect(file).toMatchObject({ category: 'exports', visibility: 'protected' });
  }
});

test.each([
  [['sync', 'd'], 'sync d bkend:FOLDER uploads'],
  [['sync', 'd', 'e'], 'bkend:FOLDER'],
  [['sync', 'bkend:a', 'bkend:b'], 'of this machine'],
  [['sync', 'nowhere', 'bkend:a'], 'There is no folder nowhere'],
  [['sync', 'f', 'bkend:a'], 'There is no folder f'],
  [['sync', 'd', 'bkend:a/../b'], 'bkend:a/../b'],
])('%j ends with 2, and says what would be right', async (words, message) => {
  const folder = await folderWith({ 'd/a.txt': '1', 'e/a.txt': '1', f: '1' });
  const { code, stdout, stderr } = await bks.run(folder, ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
