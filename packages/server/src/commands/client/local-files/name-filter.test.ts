import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameFilter } from './name-filter.ts';

const names = [
  ...[
    'a.txt',
    '.env',
    'b1.jpg',
    'b2.PNG',
    'photo (1).jpg',
    '#x',
    '!y',
    'a/x.txt',
    'a/b/c/d.txt',
    'x/a/y.txt',
  ],
  ...[
    'node_modules/p/i.js',
    'pkg/node_modules/q.js',
    'drafts/one/two.md',
    'a{b}.txt',
    'a[b].txt',
    'back\\slash',
  ],
];

describe('createNameFilter', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['node_modules'], ['node_modules/p/i.js', 'pkg/node_modules/q.js']],
    [['node_modules/'], ['node_modules/p/i.js', 'pkg/node_modules/q.js']],
    [['/node_modules'], ['node_modules/p/i.js']],
    [['node_modules/*'], ['node_modules/p/i.js']],
    [['a/'], ['a/x.txt', 'a/b/c/d.txt', 'x/a/y.txt']],
    [['a/**'], ['a/x.txt', 'a/b/c/d.txt']],
    [['a/**/d.txt'], ['a/b/c/d.txt']],
    [['**/x.txt'], ['a/x.txt']],
    [['a**/?.txt'], ['a/x.txt']],
    [['*.{jpg,PNG}'], ['b1.jpg', 'b2.PNG', 'photo (1).jpg']],
    [['b[0-9].*'], ['b1.jpg', 'b2.PNG']],
    [['photo (1).jpg'], ['photo (1).jpg']],
    [
      ['#x', '\\!y'],
      ['#x', '!y'],
    ],
    [
      ['a\\{b\\}.txt', 'a\\[b\\].txt'],
      ['a{b}.txt', 'a[b].txt'],
    ],
    [['.*'], ['.env']],
    [
      ['*.txt', '!a.txt'],
      ['a/x.txt', 'a/b/c/d.txt', 'x/a/y.txt', 'a{b}.txt', 'a[b].txt'],
    ],
    [
      ['a/', '!a/x.txt'],
      ['a/x.txt', 'a/b/c/d.txt', 'x/a/y.txt'],
    ],
    [['a/*', '!a/x.txt'], ['a/b/c/d.txt']],
    [['?.txt'], ['a.txt', 'a/x.txt', 'a/b/c/d.txt', 'x/a/y.txt']],
    [['A.txt'], []],
  ])('with --exclude %j leaves out %j', (patterns, excluded) => {
    const { isWanted } = createNameFilter([], patterns);
    expect(names.filter((name) => !isWanted(name))).toEqual(excluded);
    const only = createNameFilter(patterns, []);
    expect(names.filter((name) => only.isWanted(name))).toEqual(excluded);
  });

  it('lets exclude win over include', () => {
    const { isWanted } = createNameFilter(['*.txt'], ['a/']);
    expect(names.filter(isWanted)).toEqual(['a.txt', 'a{b}.txt', 'a[b].txt']);
  });

  it.skipIf(spawnSync('git', ['--version']).status !== 0)('agrees with git', () => {
    const repository = mkdtempSync(join(tmpdir(), 'bkend-globs-'));
    try {
      execFileSync('git', ['init', '-q'], { cwd: repository });
      const segment = fc.stringMatching(/^[ab.]{0,2}[ab]$/);
      const paths = fc.uniqueArray(fc.array(segment, { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 4,
      });
      const piece = fc.constantFrom('a', 'b', '*', '?', '/', '**', '[ab]', '[!a]', '.', 'ab');
      const pattern = fc
        .tuple(fc.constantFrom('', '!'), fc.array(piece, { minLength: 1, maxLength: 5 }))
        .map(([negation, pieces]) => `${negation}${pieces.join('')}`)
        // No meaning in a .gitignore.
        .filter((text) => !/\/\/|\*\*\*|^!?\/$|(^|\/)\.{1,2}(\/|$)/.test(text))
        // Against gitignore(5), git takes `**` behind a literal as one of the start: `a**/[!a]` matches `ab`.
        .filter((text) => !/[^/!]\*\*(\/|$)/.test(text));
      // One process of git for many folders, each with patterns of its own.
      const folders = fc.array(
        fc.record({ paths, patterns: fc.array(pattern, { minLength: 1, maxLength: 3 }) }),
        {
          minLength: 30,
          maxLength: 30,
        },
      );
      fc.assert(
        fc.property(folders, (cases) => {
          rmSync(join(repository, 't'), { recursive: true, force: true });
          const expected = cases.flatMap(({ paths, patterns }, index) => {
            const folder = join('t', `${index}`);
            mkdirSync(join(repository, folder), { recursive: true });
            writeFileSync(join(repository, folder, '.gitignore'), `${patterns.join('\n')}\n`);
            const { isWanted } = createNameFilter([], patterns);
            return writeFiles(join(repository, folder), paths).map((name) => ({
              path: join(folder, name),
              patterns,
              isWanted: isWanted(name),
            }));
          });
          const { stdout } = spawnSync('git', ['check-ignore', '--no-index', '--stdin', '-z'], {
            cwd: repository,
            encoding: 'utf8',
            input: expected.map(({ path }) => `${path}\0`).join(''),
          });
          const ignored = new Set(stdout.split('\0'));
          expect(expected).toEqual(expected.map((each) => ({ ...each, isWanted: !ignored.has(each.path) })));
        }),
        { numRuns: 10 },
      );
    } finally {
      rmSync(repository, { recursive: true });
    }
  });
});

/** Writes empty files. @returns the names of those that stand in no other's way */
function writeFiles(folder: string, paths: readonly (readonly string[])[]): string[] {
  return paths.flatMap((segments) => {
    const name = segments.join('/');
    try {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), '');
      return [name];
    } catch {
      // A file stands where a folder would, or a folder where the file would.
      return [];
    }
  });
}
