import { braceExpand, Minimatch } from 'minimatch';
import { UsageError } from '../../usage-error.ts';

/** Which names a command works on. Names are relative to the folder that was named, with `/`. */
export interface NameFilter {
  /** Whether a file of this name is worked on. */
  isWanted(name: string): boolean;
  /** Whether everything in this folder is left out. */
  isExcludedFolder(name: string): boolean;
}

interface Rule {
  readonly isNegated: boolean;
  readonly isForFolders: boolean;
  readonly pattern: Minimatch;
}

/**
 * Patterns as in a `.gitignore` (gitignore(5)), in the order given, and `{a,b}` besides: without `/` they match a name at any
 * depth, with one a path from the folder; a `/` at the end means folders; what is in a matching folder matches; `!` takes back.
 * @param include of several, one must match; none: everything
 * @param exclude wins over `include`
 * @throws UsageError for a pattern that is none
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

/** The last rule that matches decides, from the outermost folder on; what a folder loses is not given back inside it. */
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
