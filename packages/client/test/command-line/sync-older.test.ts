import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { writeTree } from './local-tree.ts';
import { storedFiles, storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const sync = (cwd: string, ...words: string[]) => bks.run(cwd, 'sync', ...words);
const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean).sort();

/** Uploads files as the first version's `sync ROOT` did: in no folder, with the paths in tags and metadata. */
async function syncAsBefore(
  root: string,
  files: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [path, content] of Object.entries(files)) {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const tags = [`sync:${root}`, ...path.split('/').slice(0, -1)];
    const metadata = { tags, custom: { syncPath: path, sha256 } };
    const { id } = await bks.storage().upload(content, { filename: basename(path), metadata });
    ids.set(path, id);
  }
  return ids;
}

test('files that the first version has synced are adopted under their ids, and nothing is sent', async () => {
  const folder = await bks.folder();
  const files = { 'a.txt': 'a', 'sub/b.txt': 'b' };
  await writeTree(join(folder, 'site'), files);
  const ids = await syncAsBefore('site', files);
  const puts = () => bks.service.objects.seen.filter(({ method }) => method === 'PUT').length;
  const before = puts();
  const { code, stdout, stderr } = await sync(folder, 'site', 'bkend:www');
  expect({ code, stderr, adopted: lines(stdout) }).toEqual({
    code: 0,
    stderr: '',
    adopted: ['adopted  a.txt', 'adopted  sub/b.txt'],
  });
  expect(puts()).toBe(before);
  const stored = await storedFiles(bks.storage(), 'www');
  expect(stored.map(({ path, id }) => [path, id])).toEqual([
    ['www/a.txt', ids.get('a.txt')],
    ['www/sub/b.txt', ids.get('sub/b.txt')],
  ]);
  expect(await sync(folder, 'site', 'bkend:www', '--delete')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('twins that the first version has left become one file', async () => {
  const folder = await bks.folder();
  await writeTree(join(folder, 'ov'), { 'a.txt': 'a' });
  await syncAsBefore('ov', { 'a.txt': 'a' });
  const newest = await syncAsBefore('ov', { 'a.txt': 'a' });
  expect((await sync(folder, 'ov', 'bkend:ov')).code).toBe(0);
  const stored = await storedFiles(bks.storage(), 'ov');
  expect(stored.map(({ path, id }) => [path, id])).toEqual([['ov/a.txt', newest.get('a.txt')]]);
  expect(await storedPaths(bks.storage(), '')).not.toContain('a.txt');
});

test('files of another folder with the same last name are not adopted, unless --adopt is given', async () => {
  const folder = await bks.folder();
  const ids = await syncAsBefore('web', { 'index.html': 'of ann', 'only-ann.html': 'of ann' });
  await writeTree(join(folder, 'ben/web'), { 'index.html': 'of ben' });
  const { code, stdout, stderr } = await sync(folder, 'ben/web', 'bkend:ben', '--delete');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'uploaded  index.html\n' });
  expect(stderr).toContain("2 files of an earlier version's sync, tagged sync:web,");
  expect((await bks.storage().get(ids.get('index.html') ?? '')).folder).toBe('');

  await writeTree(join(folder, 'ann/web'), { 'index.html': 'of ann, changed' });
  const adopted = await sync(folder, 'ann/web', 'bkend:ann', '--adopt', '--delete');
  expect(lines(adopted.stdout)).toEqual([
    'adopted  index.html',
    'adopted  only-ann.html',
    'deleted  only-ann.html',
    'replaced  index.html',
  ]);
  const stored = await storedFiles(bks.storage(), 'ann');
  expect(stored.map(({ path, id, content }) => [path, id, content])).toEqual([
    ['ann/index.html', ids.get('index.html'), 'of ann, changed'],
  ]);
});
