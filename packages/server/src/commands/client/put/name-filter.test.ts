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
    const git = (...words: string[]) => spawnSync('git', words, { cwd: repository, encoding: 'utf8' });
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
        // What has no meaning in a .gitignore.
        .filter((text) => !/\/\/|\*\*\*|^!?\/$|(^|\/)\.{1,2}(\/|$)/.test(text));
      fc.assert(
        fc.property(paths, fc.array(pattern, { minLength: 1, maxLength: 3 }), (files, patterns) => {
          rmSync(join(repository, 't'), { recursive: true, force: true });
          mkdirSync(join(repository, 't'));
          writeFileSync(join(repository, 't', '.gitignore'), `${patterns.join('\n')}\n`);
          const { isWanted } = createNameFilter([], patterns);
          for (const segments of files) {
            const name = segments.join('/');
            try {
              mkdirSync(dirname(join(repository, 't', name)), { recursive: true });
              writeFileSync(join(repository, 't', name), '');
            } catch {
              // A file stands where a folder would.
              continue;
            }
            const isIgnored = git('check-ignore', '-q', '--no-index', join('t', name)).status === 0;
            expect({ patterns, name, isWanted: isWanted(name) }).toEqual({
              patterns,
              name,
              isWanted: !isIgnored,
            });
          }
        }),
        { numRuns: 150 },
      );
    } finally {
      rmSync(repository, { recursive: true });
    }
  });
});
