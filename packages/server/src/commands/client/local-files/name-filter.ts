import { braceExpand, Minimatch } from 'minimatch';
import { UsageError } from '../../command-errors.ts';

/** The names that a command works on, relative to the folder of the argument, with `/`. */
export interface NameFilter {
  /** Whether a file of this name passes. */
  isWanted(name: string): boolean;
  /** Whether no file in this folder passes. */
  isExcludedFolder(name: string): boolean;
}

interface Rule {
  readonly isNegated: boolean;
  readonly isForFolders: boolean;
  readonly pattern: Minimatch;
}

/**
 * Parses patterns as in a `.gitignore` (gitignore(5)), in their order, and `{a,b}` as well: without `/` a pattern matches a name
 * at any depth, with one a path from the folder; a `/` at the end matches folders only; everything in a matching folder matches;
 * `!` negates.
 * @param include at least one must match; an empty list matches everything
 * @param exclude wins over `include`
 * @throws UsageError for a pattern that expands to too many
 */
export function createNameFilter(include: readonly string[], exclude: readonly string[]): NameFilter {
  const included = include.flatMap(parseRules);
  const excluded = exclude.flatMap(parseRules);
  return {
    isWanted: (name) =>
      (included.length === 0 || matches(included, name, false)) && !matches(excluded, name, false),
    isExcludedFolder: (name) => matches(excluded, name, true),
  };
}

/**
 * Reads the patterns of a file such as `.gitignore`: one a line, without empty lines, comments (`#`) and trailing blanks. Braces
 * are themselves there.
 */
export function readPatterns(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/(\\.)|[ \t]+$/g, '$1'))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/\\.|[{}]/g, (found) => (found.length === 1 ? `\\${found}` : found)));
}

function parseRules(pattern: string): Rule[] {
  const isNegated = pattern.startsWith('!');
  try {
    return braceExpand(isNegated ? pattern.slice(1) : pattern).map((each) => parseRule(each, isNegated));
  } catch {
    throw new UsageError('A pattern is too long.');
  }
}

function parseRule(text: string, isNegated: boolean): Rule {
  const isForFolders = text.endsWith('/');
  const path = isForFolders ? text.slice(0, -1) : text;
  const glob = path.includes('/') ? path.replace(/^\//, '') : `**/${path}`;
  const options = { dot: true, nobrace: true, nocomment: true, noext: true, nonegate: true } as const;
  return { isNegated, isForFolders, pattern: new Minimatch(glob, { ...options, platform: 'linux' }) };
}

/** The last matching rule decides, from the outermost folder on; a rule inside an excluded folder cannot include again. */
function matches(rules: readonly Rule[], name: string, isFolder: boolean): boolean {
  if (rules.length === 0) return false;
  const segments = name.split('/');
  return segments.some((_, index) => {
    const path = segments.slice(0, index + 1).join('/');
    const isPathFolder = isFolder || index < segments.length - 1;
    const last = rules.findLast(
      ({ isForFolders, pattern }) => (isPathFolder || !isForFolders) && pattern.match(path),
    );
    return last !== undefined && !last.isNegated;
  });
}
