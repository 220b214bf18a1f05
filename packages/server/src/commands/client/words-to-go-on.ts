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
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
