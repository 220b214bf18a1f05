import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const isRoot = process.getuid?.() === 0;

test('after a failure sync deletes nothing', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'n'));
  await writeFile(join(folder, 'n', 'plan.txt'), 'only');
  expect((await bks.run(folder, 'sync', 'n')).code).toBe(0);
  await rename(join(folder, 'n', 'plan.txt'), join(folder, 'n', 'pl\\an.txt'));
  const { code, stderr } = await bks.run(folder, 'sync', 'n', '--delete');
  expect(code).toBe(1);
  expect(stderr).toContain('Nothing that is gone here is deleted there');
  expect((await bks.run(folder, 'ls', '--search', 'plan.txt')).stdout).toContain('plan.txt');
});

test('sync follows links to files', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 's'));
  await writeFile(join(folder, 'real.txt'), 'd');
  await writeFile(join(folder, 's', 'f.txt'), 'd');
  expect((await bks.run(folder, 'sync', 's')).stdout).toBe('uploaded  f.txt\n');
  await rm(join(folder, 's', 'f.txt'));
  await symlink('../real.txt', join(folder, 's', 'f.txt'));
  expect(await bks.run(folder, 'sync', 's', '--delete')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.skipIf(!isRoot)('what may not be read does not keep sync from the rest', async () => {
  const folder = await bks.folder();
  await mkdir(join(folder, 'w', 'closed'), { recursive: true });
  for (const name of ['a.txt', 'm.txt', 'z.txt']) await writeFile(join(folder, 'w', name), name);
  await chmod(join(folder, 'w', 'm.txt'), 0o600);
  await chmod(join(folder, 'w', 'closed'), 0o700);
  const { code, stdout, stderr } = await bks.runAsNobody(folder, 'sync', 'w');
  expect(code).toBe(1);
  expect(stdout).toBe('uploaded  a.txt\nuploaded  z.txt\n');
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  expect(stderr).toMatch(/closed: .*EACCES/);
  expect(stderr).toMatch(/m\.txt: .*EACCES/);
});
