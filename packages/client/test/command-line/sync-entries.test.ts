import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { readTree, writeTree } from './local-tree.ts';
import { storedFiles, storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const isRoot = process.getuid?.() === 0;
const sync = (cwd: string, ...words: string[]) => bks.run(cwd, 'sync', ...words);
const lines = (text: string) => text.trimEnd().split('\n').filter(Boolean).sort();

test.skipIf(!isRoot)('unreadable files and folders do not keep sync from the rest', async () => {
  const folder = await bks.folder();
  await writeTree(folder, { 'w/a.txt': 'a', 'w/m.txt': 'm', 'w/z.txt': 'z', 'w/closed/x.txt': 'x' });
  await chmod(join(folder, 'w', 'm.txt'), 0o600);
  await chmod(join(folder, 'w', 'closed'), 0o700);
  const { code, stdout, stderr } = await bks.runUnprivileged(folder, 'sync', 'w', 'bkend:w');
  expect(code).toBe(1);
  expect(lines(stdout)).toEqual(['uploaded  a.txt', 'uploaded  z.txt']);
  expect(lines(stderr)).toHaveLength(2);
  expect(stderr).toMatch(/closed: .*EACCES/);
  expect(stderr).toMatch(/m\.txt: .*EACCES/);
});

test('each entry that is left out is reported with its reason, and is not taken for deleted', async () => {
  const folder = await bks.folder();
  await writeTree(join(folder, 't'), { 'a.txt': 'a', 'became-empty': 'full', gone: 'gone' });
  expect((await sync(folder, 't', 'bkend:left')).code).toBe(0);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 't', 'socket'), resolve));
  spawnSync('mkfifo', [join(folder, 't', 'pipe')]);
  await writeTree(join(folder, 't'), {
    'became-empty': '',
    'back\\slash': 'b',
    'new\nline': 'n',
    'a.txt': 'A!',
  });
  await writeFile(Buffer.concat([Buffer.from(join(folder, 't/')), Buffer.from([0x6c, 0xe9])]), 'latin');
  await rm(join(folder, 't', 'gone'));
  const { code, stdout, stderr } = await sync(folder, 't', 'bkend:left', '--delete');
  server.close();
  expect({ code, stdout: lines(stdout) }).toEqual({
    code: 1,
    stdout: ['deleted  gone', 'replaced  a.txt'],
  });
  const found = lines(stderr);
  expect(found).toHaveLength(6);
  for (const reason of [
    /socket: It is a socket/,
    /pipe: It is a named pipe/,
    /became-empty: It is empty, and left out: .*file-too-small/,
    /back\\slash: A name must not/,
    /new\\nline: A name must not/,
    /l\ufffd: Its name is not UTF-8/,
  ]) {
    expect(found.filter((line) => reason.test(line))).toHaveLength(1);
  }
  const stored = await storedFiles(bks.storage(), 'left');
  expect(stored.map(({ path, content }) => [path, content])).toEqual([
    ['left/a.txt', 'A!'],
    ['left/became-empty', 'full'],
  ]);
});

test('what is stored below an entry that is left out stays, and a run that cannot read an entry deletes nothing', async () => {
  const folder = await bks.folder();
  const files = { 'pipe/a': 'a', 'nowhere/deep/b': 'b', 'linked/c': 'c', 'x-pipe': 'd', gone: 'gone' };
  await writeTree(join(folder, 't'), { ...files, stays: 'stays' });
  await sync(folder, 't', 'bkend:below');
  await mkdir(join(folder, 'other'));
  for (const name of Object.keys(files)) {
    await rm(join(folder, 't', name.split('/')[0] ?? ''), { recursive: true });
  }
  spawnSync('mkfifo', [join(folder, 't/pipe'), join(folder, 't/x-pipe')]);
  await symlink('../not-mounted', join(folder, 't/nowhere'));
  await symlink('../other', join(folder, 't/linked'));
  await symlink(`${'l'.repeat(300)}/x`, join(folder, 't/unreadable'));
  const stored = () => storedPaths(bks.storage(), 'below');
  const before = await stored();
  const failed = await sync(folder, 't', 'bkend:below', '--delete');
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toContain(
    'Because of the failures, nothing is deleted; without them, 1 stored file would be',
  );
  expect(await stored()).toEqual(before);
  await rm(join(folder, 't/unreadable'));
  // With what is left out alone, each run comes to the same.
  for (const stdout of ['deleted  gone\n', '']) {
    expect(await sync(folder, 't', 'bkend:below', '--delete')).toMatchObject({ code: 1, stdout });
    expect(await stored()).toEqual(before.filter((path) => path !== 'below/gone'));
  }
});

test('repositories and secrets are left out unless they are asked for, and this is said', async () => {
  const folder = await bks.folder();
  await writeTree(join(folder, 'd'), {
    '.git/config': 'g',
    '.env': 'SECRET=1',
    'app/.env.local': 'SECRET=2',
    '.env.example': 'SECRET=',
    'a.txt': 'a',
  });
  const { code, stdout, stderr } = await sync(folder, 'd', 'bkend:clean', '--exclude', '!.env.example');
  expect({ code, uploaded: lines(stdout) }).toEqual({
    code: 0,
    uploaded: ['uploaded  .env.example', 'uploaded  a.txt'],
  });
  expect(lines(stderr).map((line) => line.split(':')[0])).toEqual(['.env', '.git', 'app/.env.local']);
  expect(stderr).toContain('.git: It is left out by default');
});

test('.bkendignore, --exclude-from, --exclude and --include choose on both sides', async () => {
  const folder = await bks.folder();
  await writeTree(join(folder, 'd'), {
    '.bkendignore': '# built\n/build/\n*.log\n!keep.log\n',
    'build/x.js': 'x',
    'src/build/y.ts': 'y',
    'a.log': 'l',
    'keep.log': 'k',
    'node_modules/m/i.js': 'm',
    'a.tmp': 't',
  });
  await writeFile(join(folder, 'more'), 'node_modules\n');
  const words = ['--exclude-from', 'more', '--exclude', '*.tmp'];
  await sync(folder, 'd', 'bkend:chosen', ...words);
  const chosen = ['chosen/.bkendignore', 'chosen/keep.log', 'chosen/src/build/y.ts'];
  expect(await storedPaths(bks.storage(), 'chosen')).toEqual(chosen);
  await bks.storage().upload('stays', { filename: 'old.tmp', folder: 'chosen' });
  await sync(folder, 'd', 'bkend:chosen', ...words, '--delete');
  expect(await storedPaths(bks.storage(), 'chosen')).toEqual([...chosen, 'chosen/old.tmp'].sort());
  await sync(folder, 'bkend:chosen', 'e', '--include', '*.log');
  expect(await readTree(join(folder, 'e'))).toEqual({ 'keep.log': 'k' });
  expect(await sync(folder, 'd', 'bkend:chosen', '--exclude-from', 'nowhere')).toMatchObject({ code: 2 });
});

test('contents of equal size and time are compared only with --checksum; a new time alone sends nothing', async () => {
  const folder = await bks.folder();
  const path = join(folder, 'd/a.txt');
  await writeTree(folder, { 'd/a.txt': 'one' });
  await utimes(path, 1_600_000_000, 1_600_000_000);
  await sync(folder, 'd', 'bkend:sums');
  await writeFile(path, 'two');
  await utimes(path, 1_600_000_000, 1_600_000_000);
  expect((await sync(folder, 'd', 'bkend:sums')).stdout).toBe('');
  expect((await sync(folder, 'd', 'bkend:sums', '--checksum')).stdout).toBe('replaced  a.txt\n');
  const puts = () => bks.service.objects.seen.filter(({ method }) => method === 'PUT').length;
  const before = puts();
  await utimes(path, 1_700_000_000, 1_700_000_000);
  expect((await sync(folder, 'd', 'bkend:sums')).stdout).toBe('');
  expect(puts()).toBe(before);
});

test('what put has uploaded is not sent again', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'd'));
  await writeFile(join(folder, 'd/a.txt'), 'put');
  await bks.storage().upload('put', { filename: 'a.txt', folder: 'by-put' });
  expect(await sync(folder, 'd', 'bkend:by-put')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('80 files are synced by 100 concurrent transfers with 64 descriptors', async () => {
  const folder = await bks.folder();
  const names = Array.from({ length: 80 }, (_, index) => `${index}.txt`);
  await writeTree(join(folder, 'many'), Object.fromEntries(names.map((name) => [name, name])));
  const line = 'ulimit -n 64; bks sync many bkend:descriptors --concurrency 100';
  expect(await bks.shell(folder, line)).toMatchObject({ code: 0, stderr: '' });
  expect(await storedPaths(bks.storage(), 'descriptors')).toHaveLength(80);
});
