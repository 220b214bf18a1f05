import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

/** The root of the repository. */
export const root = join(import.meta.dirname, '../../../..');

/** A TypeScript file of a package. Paths are from the root of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly lineCount: number;
  /** The files of our own that it imports, types too, in the order of the text. */
  readonly imports: readonly string[];
}

/** Where a package is entered by its name; other entries of its `exports` stand on the same rooms. */
const entries: Readonly<Record<string, string>> = {
  '@bkend/http': 'packages/http/src/exports.ts',
  '@bkend/sigv4': 'packages/sigv4/src/index.ts',
  '@bkend/storage': 'packages/client/src/node.ts',
  '@bkend/storage-contract': 'packages/contract/src/index.ts',
  '@bkend/store': 'packages/store/src/exports.ts',
  '@bkend/store/directory': 'packages/store/src/directory/exports.ts',
};

/** Every TypeScript file below `packages/*` in the folders named, such as `src`. */
export function readSourceFiles(...folders: readonly string[]): SourceFile[] {
  return readdirSync(join(root, 'packages'))
    .flatMap((name) => folders.map((folder) => join(root, 'packages', name, folder)))
    .flatMap(filesBelow)
    .map((file) => {
      const path = relative(root, file);
      const text = readFileSync(file, 'utf8');
      return { path, lineCount: text.split('\n').length - 1, imports: importsIn(text, path) };
    });
}

function filesBelow(folder: string): string[] {
  let found: string[];
  try {
    found = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    // Not every package has every folder.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return found
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .sort();
}

/** Test code beside its source: no part of what is built. */
export function isTest(path: string): boolean {
  return /\.(test|contract)\.tsx?$/.test(path) || path.startsWith('packages/test-support/');
}

/** The files that a text at `path` imports or re-exports from our own packages. */
export function importsIn(text: string, path: string): string[] {
  const specifiers = Array.from(
    text.matchAll(/^\s*(?:import|export)\b[^;'"]*?\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm),
    ([, from, dynamic]) => from ?? dynamic ?? '',
  );
  return specifiers.flatMap((specifier) => {
    if (specifier.startsWith('.')) return [posix.join(dirname(path), specifier)];
    return entries[specifier] ?? [];
  });
}
