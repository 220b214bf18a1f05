import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const tracked = git('ls-files', '--cached', '--others', '--exclude-standard').filter((path) =>
  existsSync(join(root, path)),
);

/** Folders that a path in a document may begin at. */
const bases = ['', 'packages/server/', 'packages/server/src/'];
const firstSegments = new Set(
  bases.flatMap((base) =>
    tracked.filter((path) => path.startsWith(base)).map((path) => path.slice(base.length).split('/')[0]),
  ),
);

const documents = tracked.filter(
  (path) =>
    /^(?:README|ARCHITECTURE|CONTRIBUTING|SECURITY|CHANGELOG|CODE_OF_CONDUCT)\.md$/.test(path) ||
    /^docs\/.*\.md$/.test(path) ||
    /^packages\/[\w-]+\/README\.md$/.test(path),
);

function git(...args: string[]): string[] {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
}

function isThere(path: string): boolean {
  const plain = path.replace(/\/$/, '');
  return tracked.some((each) => each === plain || each.startsWith(`${plain}/`));
}

/** Links to other files of the repository, relative to the document. */
function linksIn(document: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(?:[a-z]+:|\/)/.test(target))
    .map((target) => join(dirname(document), target));
}

/** Paths in backticks that begin with a folder of the repository or end like a source file, but for those marked "(new)". */
function pathsIn(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([\w@.-]+(?:\/[\w@.-]+)*\/?)`(?! \(new)/g)]
    .map(([, path = '']) => path)
    .filter(
      (path) =>
        /\.(?:ts|js|mjs|grit)$/.test(path) ||
        (path.includes('/') && firstSegments.has(path.split('/')[0] ?? '')),
    );
}

/** Whether a path is one of the repository's, from one of the bases or, for a file, from anywhere. */
function isNamed(path: string): boolean {
  if (bases.some((base) => isThere(base + path))) return true;
  return /\.\w+$/.test(path) && tracked.some((each) => each.endsWith(`/${path}`));
}

/** Source files with names behind them, "`path.ts` (`name`, `name`)", as pairs of path and name. */
function namesIn(text: string): [path: string, name: string][] {
  return [...text.matchAll(/`([\w@./-]+\.ts)`\s+\(((?:`\w+`,?\s*)+)\)/g)].flatMap(
    ([, path = '', names = '']) =>
      [...names.matchAll(/\w+/g)].map(([name]): [string, string] => [path, name]),
  );
}

/** Whether one of the files that the path may mean declares the name at its top level. */
function isDeclared([path, name]: readonly [path: string, name: string]): boolean {
  const fromBases = bases.map((base) => base + path).filter((each) => tracked.includes(each));
  const files = fromBases.length > 0 ? fromBases : tracked.filter((each) => each.endsWith(`/${path}`));
  const declaration = new RegExp(
    `^(?:export )?(?:async )?(?:function|const|class|interface|type) ${name}\\b`,
    'm',
  );
  return files.some((file) => declaration.test(readFileSync(join(root, file), 'utf8')));
}

/** The entries of the drawn tree in ARCHITECTURE.md, with the folders above them. */
function treeOf(text: string): string[] {
  const [, tree = ''] = /^```\n(packages\/[\s\S]*?)^```$/m.exec(text) ?? [];
  const above: { readonly indent: number; readonly path: string }[] = [];
  return tree
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const indent = line.search(/\S/);
      const names = line.trim().split(/ {3,}/)[0]?.split(/ {2}/) ?? [];
      while (above.length > 0 && (above.at(-1)?.indent ?? -1) >= indent) above.pop();
      const folder = above.at(-1)?.path ?? '';
      const paths = names
        .filter((name) => /^[\w.-]+(?:\/[\w.-]+)*\/?$/.test(name))
        .map((name) => folder + name);
      const [first] = paths;
      if (first?.endsWith('/')) above.push({ indent, path: first });
      return paths;
    });
}

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8');

  it('links to files that exist', () => {
    expect(linksIn(document, text).filter((path) => !isThere(path))).toEqual([]);
  });

  it('names paths that exist', () => {
    expect(pathsIn(text).filter((path) => !isNamed(path))).toEqual([]);
  });

  it('puts names behind source files that declare them', () => {
    expect(namesIn(text).filter((each) => !isDeclared(each))).toEqual([]);
  });
});

it('CONTRIBUTING.md puts names behind source files', () => {
  expect(namesIn(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')).length).toBeGreaterThan(15);
});

it('the house in ARCHITECTURE.md is drawn as it stands', () => {
  const drawn = treeOf(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));
  expect(drawn.length).toBeGreaterThan(30);
  expect(drawn.filter((path) => !isThere(path))).toEqual([]);
});
