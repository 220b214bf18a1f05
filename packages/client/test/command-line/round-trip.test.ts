import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const nul = '\u0000';
/** Whatever a file may be called here, and often what programs stumble over. */
const name = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.constantFrom(
      '-',
      '--force',
      '.bashrc',
      'CON',
      'a b',
      "it's",
      '"q"',
      '$(x)',
      '*',
      'a?b',
      'new\nline',
      '~',
      '%2e',
    ),
    fc.constantFrom(
      'a.txt',
      'A.TXT',
      'a (1).txt',
      'a.tar.gz',
      '..a',
      'x'.repeat(255),
      `${'é'.repeat(120)}.jpeg`,
    ),
  )
  .map((text) => text.toWellFormed().replaceAll('/', '').replaceAll(nul, ''))
  .filter((text) => !/^\.{0,2}$/.test(text) && Buffer.byteLength(text) <= 255);

const tree = fc.uniqueArray(
  fc.record({
    folders: fc.array(fc.constantFrom('f', ' g ', '.h'), { maxLength: 2 }),
    name,
    content: fc.string({ unit: 'binary', minLength: 1 }),
  }),
  { minLength: 1, maxLength: 25, selector: (file) => [...file.folders, file.name].join('/') },
);

const lines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line): { id: string; path: string; about?: string; error?: object; originalName: string } =>
      JSON.parse(line),
    );

async function create(root: string, path: string, content: string): Promise<boolean> {
  try {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, { flag: 'wx' });
    return true;
  } catch {
    // A file has the path of its folder, or the file system refuses its name.
    return false;
  }
}

test('files come back equal after put and get, under their own or a numbered name, and overwrite no file', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (files) => {
      const folder = await bks.folder();
      const contents = new Map<string, string>();
      for (const file of files) {
        const path = [...file.folders, file.name].join('/');
        if (await create(join(folder, 'tree'), path, file.content))
          contents.set(`tree/${path}`, file.content);
      }
      const put = await bks.run(folder, 'put', '-r', 'tree', '--json');
      const refused = lines(put.stderr).map(({ about }) => contents.get(about ?? ''));
      const uploaded = lines(put.stdout);
      // Each file is either uploaded or reported.
      expect(uploaded.length + refused.length).toBe(contents.size);
      expect(put.code).toBe(refused.length > 0 ? 1 : 0);
      expect(refused).not.toContain(undefined);

      const mine = join(folder, 'mine');
      await mkdir(mine);
      for (const [index, { originalName }] of uploaded.entries()) {
        if (index % 3 === 0) await create(mine, originalName, 'mine');
        if (index % 3 === 1) await symlink('nowhere', join(mine, originalName)).catch(() => {});
      }
      const before = (await readdir(mine)).length;
      if (uploaded.length === 0) return;
      const got = await bks.run(folder, 'get', ...uploaded.map(({ id }) => id), '-o', 'mine', '--json');
      expect(got.code).toBe(0);
      const saved = lines(got.stdout);
      expect(saved.map(({ id }) => id)).toEqual(uploaded.map(({ id }) => id));
      expect(new Set(saved.map(({ path }) => path)).size).toBe(saved.length);
      const read = (path: string) => readFile(join(folder, path), 'utf8');
      const arrived = await Promise.all(saved.map(({ path }) => read(path)));
      expect([...arrived, ...refused].sort()).toEqual([...contents.values()].sort());
      expect((await readdir(mine)).length).toBe(before + saved.length);
      for (const each of await readdir(mine)) {
        const isSaved = saved.some(({ path }) => path === `mine/${each}`);
        if (!isSaved) expect(await read(`mine/${each}`).catch(() => 'a link')).toMatch(/^(mine|a link)$/);
      }
    }),
    { numRuns: 12 },
  );
});
