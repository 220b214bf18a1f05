import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededBytes } from '../seeded.ts';
import { type CommandLine, ended, startCommandLine } from './command-line.ts';
import { readTree, writeTree } from './local-tree.ts';
import { storedFiles, storedPaths } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterEach(() => {
  bks.service.objects.calm();
  bks.service.api.calm();
});
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const sync = (cwd: string, ...words: string[]) => bks.run(cwd, 'sync', ...words);

test('two syncs at once leave, after the next, one file a path', async () => {
  const folder = await bks.folder();
  const files = { 'a.txt': 'a', 'b.txt': 'b', 'sub/c.txt': 'c' };
  await writeTree(join(folder, 'ov'), files);
  await Promise.all([sync(folder, 'ov', 'bkend:ov'), sync(folder, 'ov', 'bkend:ov')]);
  await writeFile(join(folder, 'ov/a.txt'), 'A');
  await Promise.all([sync(folder, 'ov', 'bkend:ov'), sync(folder, 'ov', 'bkend:ov')]);
  expect((await sync(folder, 'ov', 'bkend:ov')).code).toBe(0);
  const stored = await storedFiles(bks.storage(), 'ov');
  expect(stored.map(({ path, content }) => [path, content])).toEqual([
    ['ov/a.txt', 'A'],
    ['ov/b.txt', 'b'],
    ['ov/sub/c.txt', 'c'],
  ]);
});

test.each<[NodeJS.Signals, number | null]>([
  ['SIGINT', 130],
  ['SIGKILL', null],
])('a sync of changed files that is ended by %s is completed by the next', async (signal, code) => {
  const folder = await bks.folder();
  const names = Array.from({ length: 20 }, (_, index) => `f${String(index).padStart(2, '0')}`);
  const write = (content: string) =>
    writeTree(join(folder, 'd'), Object.fromEntries(names.map((name) => [name, `${content} ${name}`])));
  await write('first');
  const target = `bkend:kill-${signal}`;
  await sync(folder, 'd', target);
  const ids = (await storedFiles(bks.storage(), `kill-${signal}`)).map(({ id }) => id);
  await write('second');
  await rm(join(folder, 'd/f00'));
  let puts = 0;
  bks.service.objects.decide = ({ method }) => {
    if (method !== 'PUT') return undefined;
    puts += 1;
    return puts > 6 ? { kind: 'stall' } : undefined;
  };
  const child = bks.start(folder, 'sync', 'd', target, '--delete');
  const outcome = ended(child);
  await expect.poll(() => puts, { timeout: 30_000 }).toBeGreaterThan(6);
  child.kill(signal);
  expect((await outcome).code).toBe(code);
  bks.service.objects.calm();
  // Nothing is deleted before everything else is done.
  expect(await storedPaths(bks.storage(), `kill-${signal}`)).toHaveLength(20);
  expect(await sync(folder, 'd', target, '--delete')).toMatchObject({ code: 0, stderr: '' });
  const stored = await storedFiles(bks.storage(), `kill-${signal}`);
  expect(stored.map(({ content }) => content)).toEqual(names.slice(1).map((name) => `second ${name}`));
  expect(stored.map(({ id }) => id)).toEqual(ids.slice(1));
});

test.each<[NodeJS.Signals]>([['SIGINT'], ['SIGKILL']])(
  'a downward sync that is ended by %s leaves no partial file under its name, and is completed by the next',
  async (signal) => {
    const source = await bks.folder();
    const content = seededBytes(9, 3 * 2 ** 20);
    await writeTree(join(source, 'd'), { 'small.txt': 'small' });
    await writeFile(join(source, 'd/large.bin'), content);
    await sync(source, 'd', `bkend:down-${signal}`);
    const folder = await bks.folder();
    let isCut = false;
    bks.service.objects.decide = ({ method }) => {
      if (method !== 'GET') return undefined;
      const decision = isCut
        ? ({ kind: 'stall' } as const)
        : ({ kind: 'cut-answer', afterBytes: 2 ** 20 } as const);
      isCut = true;
      return decision;
    };
    const child = bks.start(folder, 'sync', `bkend:down-${signal}`, 'd', '--concurrency', '1');
    const outcome = ended(child);
    await expect.poll(() => bks.service.objects.seen.length, { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => isCut, { timeout: 30_000 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill(signal);
    await outcome;
    bks.service.objects.calm();
    const names = Object.keys(await readTree(join(folder, 'd')));
    expect(names.filter((name) => !/^(\.bkend-.*\.part|small\.txt)$/.test(name))).toEqual([]);
    expect(await sync(folder, `bkend:down-${signal}`, 'd')).toMatchObject({ code: 0 });
    expect(await readTree(join(folder, 'd'))).toEqual(await readTree(join(source, 'd')));
  },
);
