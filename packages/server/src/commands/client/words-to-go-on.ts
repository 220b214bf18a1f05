import { printable } from '../printable.ts';

/**
 * The words of an interrupted command without the files that are done, as a shell takes them: what the user can paste to go
 * on. Folders stay, and all that is in them.
 */
export function wordsToGoOn(words: readonly string[], donePaths: ReadonlySet<string>): string {
  return words
    .filter((word) => !donePaths.has(word))
    .map(quote)
    .join(' ');
}

function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const escaped = printable(word);
  // `$'…'` reads escapes (bash, zsh, POSIX.1-2024).
  if (escaped !== word) return `$'${printable(word.replace(/[\\']/g, '\\$&'))}'`;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
