import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { readTree, writeTree } from './local-tree.ts';
import { storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const sync = (cwd: string, ...words: string[]) => bks.run(cwd, 'sync', ...words);
const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean).sort();

/** Stores files with their folders. */
async function store(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const source = await bks.folder();
  await writeTree(join(source, 's'), files);
  expect(await sync(source, 's', `bkend:${folder}`, '--exclude', '!.*')).toMatchObject({
    code: 0,
    stderr: '',
  });
  return join(source, 's');
}

test('sync downloads a folder, then what has changed, and with --delete deletes what is gone', async () => {
  const source = await store('down', { 'a.txt': 'one', 'sub/b.txt': 'two', 'sub/deep/c.txt': 'three' });
  const folder = await bks.folder();
  const dry = await sync(folder, 'bkend:down', 'd', '--dry-run');
  expect(lines(dry.stdout)).toEqual([
    'would download  a.txt',
    'would download  sub/b.txt',
    'would download  sub/deep/c.txt',
  ]);
  expect(await readdir(folder)).toEqual([]);
  expect(await sync(folder, 'bkend:down', 'd')).toMatchObject({ code: 0, stderr: '' });
  expect(await readTree(join(folder, 'd'))).toEqual(await readTree(source));
  expect(await sync(folder, 'bkend:down', 'd')).toEqual({ code: 0, stdout: '', stderr: '' });
  // Up again there is nothing to do either: times are kept.
  expect((await stat(join(folder, 'd/a.txt'))).mtimeMs).toBeCloseTo(
    (await stat(join(source, 'a.txt'))).mtimeMs,
    -1,
  );
  expect(await sync(folder, 'd', 'bkend:down')).toEqual({ code: 0, stdout: '', stderr: '' });

  await writeFile(join(source, 'a.txt'), 'ONE');
  await rm(join(source, 'sub/deep'), { recursive: true });
  await sync(source, '.', 'bkend:down', '--delete');
  await chmod(join(folder, 'd/a.txt'), 0o640);
  await writeFile(join(folder, 'd/mine.txt'), 'mine');
  expect((await sync(folder, 'bkend:down', 'd')).stdout).toBe('overwrote  a.txt\n');
  expect((await stat(join(folder, 'd/a.txt'))).mode & 0o777).toBe(0o640);
  const deleted = await sync(folder, 'bkend:down', 'd', '--delete');
  expect(lines(deleted.stdout)).toEqual(['deleted  mine.txt', 'deleted  sub/deep/c.txt']);
  expect(await readTree(join(folder, 'd'))).toEqual(await readTree(source));
  expect(await readdir(join(folder, 'd/sub'))).toEqual(['b.txt']);
});

test('a local file that is newer stays, and is reported, until --force overwrites it', async () => {
  await store('newer', { 'a.txt': 'stored', 'b.txt': 'stored' });
  const folder = await bks.folder();
  await sync(folder, 'bkend:newer', 'd');
  await writeFile(join(folder, 'd/a.txt'), 'edited here');
  await writeFile(join(folder, 'd/b.txt'), 'older');
  await utimes(join(folder, 'd/b.txt'), 1000, 1000);
  const { code, stdout, stderr } = await sync(folder, 'bkend:newer', 'd', '--delete');
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'overwrote  b.txt\n' });
  expect(stderr).toContain('a.txt: It is newer here than the stored file, and stays: --force overwrites it.');
  expect(await readTree(join(folder, 'd'))).toEqual({ 'a.txt': 'edited here', 'b.txt': 'stored' });
  expect(await sync(folder, 'bkend:newer', 'd', '--force')).toMatchObject({ code: 0, stderr: '' });
  expect(await readTree(join(folder, 'd'))).toEqual({ 'a.txt': 'stored', 'b.txt': 'stored' });
});

test('nothing is written through a link, and no link, folder or device is replaced', async () => {
  await store('planted', {
    'a.txt': 'stored',
    'linked/b.txt': 'stored',
    'c.txt': 'stored',
    'ok.txt': 'stored',
  });
  const folder = await bks.folder();
  await mkdir(join(folder, 'd/c.txt'), { recursive: true });
  await mkdir(join(folder, 'outside'));
  await writeFile(join(folder, 'outside/mine.txt'), 'mine');
  await symlink('../outside', join(folder, 'd/linked'));
  await symlink('../outside/mine.txt', join(folder, 'd/a.txt'));
  const { code, stdout, stderr } = await sync(folder, 'bkend:planted', 'd', '--delete', '--force');
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'downloaded  ok.txt\n' });
  expect(lines(stderr).map((line) => line.split(':')[0])).toEqual(['a.txt', 'c.txt', 'linked/b.txt']);
  expect(await readTree(join(folder, 'outside'))).toEqual({ 'mine.txt': 'mine' });
  expect(await readdir(join(folder, 'd/c.txt'))).toEqual([]);
});

test('of two stored files of one name the newest comes down, and the other is reported', async () => {
  for (const content of ['older', 'newer']) {
    await bks.storage().upload(content, { filename: 'r.md', folder: 'twice' });
  }
  const folder = await bks.folder();
  const { code, stdout, stderr } = await sync(folder, 'bkend:twice', '.');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'downloaded  r.md\n' });
  expect(stderr).toMatch(/^r\.md: An older stored file has this name, too, and is not downloaded: \S+\.\n$/);
  // Downwards nothing stored is deleted, and no text says so.
  const deleting = await sync(folder, 'bkend:twice', '.', '--delete');
  expect(deleting).toEqual({ code: 0, stdout: '', stderr });
  expect(await storedPaths(bks.storage(), 'twice')).toHaveLength(2);
  expect(await readTree(folder)).toEqual({ 'r.md': 'newer' });
});

test('a file whose name is that of a folder is left out, and reported', async () => {
  const storage = bks.storage();
  await storage.upload('file', { filename: 'x', folder: 'both' });
  await storage.upload('below', { filename: 'y', folder: 'both/x' });
  const folder = await bks.folder();
  const { code, stderr } = await sync(folder, 'bkend:both', 'd');
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'x: A folder has this name.\n' });
  expect(await readTree(join(folder, 'd'))).toEqual({ 'x/y': 'below' });
});

test('files of other owners come down only with --any-owner', async () => {
  await bks.storage('alice').upload('of alice', { filename: 'a', folder: 'owned', visibility: 'public' });
  await bks.storage('alice').upload('private', { filename: 'p', folder: 'owned' });
  await bks.storage('bob').upload('of bob', { filename: 'b', folder: 'owned' });
  const folder = await bks.folder();
  await bks.runAs('bob', folder, 'sync', 'bkend:owned', 'mine');
  expect(await readTree(join(folder, 'mine'))).toEqual({ b: 'of bob' });
  await bks.runAs('bob', folder, 'sync', 'bkend:owned', 'all', '--any-owner');
  expect(await readTree(join(folder, 'all'))).toEqual({ a: 'of alice', b: 'of bob' });
});

test('contents that are replaced by another client come down, and are checked', async () => {
  const source = await store('replaced', { 'a.txt': 'first' });
  const folder = await bks.folder();
  await sync(folder, 'bkend:replaced', 'd');
  await writeFile(join(source, 'a.txt'), 'again');
  await sync(source, '.', 'bkend:replaced');
  expect(await sync(folder, 'bkend:replaced', 'd', '--checksum')).toMatchObject({
    code: 0,
    stdout: 'overwrote  a.txt\n',
  });
  expect(await readFile(join(folder, 'd/a.txt'), 'utf8')).toBe('again');
});
