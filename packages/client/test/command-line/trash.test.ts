import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
let folder: string;
beforeAll(async () => {
  bks = await startCommandLine();
  folder = await bks.folder();
});
afterAll(() => bks[Symbol.asyncDispose]());

/** The objects that a command prints with --json. */
async function ask(...words: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await bks.run(folder, ...words, '--json');
  if (code !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const idsOf = (files: Record<string, unknown>[]) => files.map(({ id }) => id).sort();

test('rm puts files into the trash and shows their names, and restore brings them back, by id and by key', {
  timeout: 60_000,
}, async () => {
  const ids = [await bks.upload('one', 'one.txt'), await bks.upload('two', 'two.txt')].sort();
  const keys = (await ask('ls')).map(({ key }) => `${key}`);
  const trashed = await bks.run(folder, 'rm', ...ids, 'no-such-file');
  expect(trashed.code).toBe(1);
  expect(trashed.stdout).toMatch(/^moved to the trash \S+ {2}(one|two)\.txt\n.*(one|two)\.txt\n$/);
  expect(trashed.stderr).toMatch(/^no-such-file: .*\(file\/not-found\)\n$/);
  expect(await ask('ls')).toEqual([]);
  expect(idsOf(await ask('ls', '--trash', '--search', '.txt'))).toEqual(ids);
  expect(await ask('usage')).toMatchObject([{ files: 2, trash: { files: 2, bytes: 6 } }]);
  expect((await bks.run(folder, 'get', ids[0] ?? '')).stderr).toContain('file/not-found');
  expect(idsOf(await ask('restore', ...keys))).toEqual(ids);
  expect(idsOf(await ask('ls'))).toEqual(ids);
  expect(await ask('ls', '--trash')).toEqual([]);
});

test('rm --permanent and trash empty delete for good, and ask before it', { timeout: 60_000 }, async () => {
  const [kept, emptied, deleted] = [
    await bks.upload('kept', 'kept.txt'),
    await bks.upload('emptied', 'emptied.txt'),
    await bks.upload('deleted', 'deleted.txt'),
  ];
  await ask('rm', emptied, deleted);
  for (const words of [
    ['rm', deleted, '--permanent'],
    ['trash', 'empty'],
  ]) {
    expect(await bks.run(folder, ...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
  }
  expect(await ask('rm', deleted, '--permanent', '--yes')).toMatchObject([{ id: deleted, deleted: true }]);
  expect((await bks.run(folder, 'restore', deleted)).stderr).toContain('file/not-found');
  expect(await bks.run(folder, 'trash', 'empty', '--yes')).toMatchObject({
    code: 0,
    stdout: 'deleted 1 file\n',
  });
  expect((await bks.run(folder, 'restore', emptied)).code).toBe(1);
  expect(await ask('stat', kept)).toMatchObject([{ id: kept }]);
});

test('restore --recursive brings back a folder that rm --recursive put into the trash, and nothing else', {
  timeout: 60_000,
}, async () => {
  const storage = bks.storage();
  const put = (path: string) => storage.upload(path, { filename: 'same.txt', folder: path });
  const paths = ['trips', 'trips/2026/한글 #1?', 'trips/2026', 'trips-not', 'other'];
  const ids = await Promise.all(paths.map(async (path) => (await put(path)).id));
  await ask('rm', ...ids.slice(3));
  expect(await bks.run(folder, 'restore', 'trips', '-r')).toMatchObject({
    code: 1,
    stderr: 'trips: The trash has no files of this folder. (file/not-found)\n',
  });
  await ask('rm', 'trips', '-r');
  expect((await bks.run(folder, 'restore', 'trips')).stderr).toContain('--recursive');
  expect(await bks.run(folder, 'restore', '/trips/', '-r')).toMatchObject({
    code: 0,
    stdout: 'restored trips/  3 files\n',
  });
  expect(idsOf(await ask('find', 'trips'))).toEqual(ids.slice(0, 3).sort());
  expect(idsOf(await ask('ls', '--trash'))).toEqual(expect.arrayContaining(ids.slice(3)));
  expect(await ask('restore', '/', '-r')).toMatchObject([{ restored: true }]);
  expect(await ask('ls', '--trash')).toEqual([]);
});
