/**
 * Folds a text, so that texts that differ only in case or form are equal: NFKC (Unicode Annex 15) and full case folding
 * (Unicode 3.13). Each character by itself: a final sigma folds as any other. By way of capitals: `ß`, `ẞ` and `SS` are one.
 * Search and sort names are made of it, and not of PostgreSQL's `lower()`, which depends on the server's locale.
 */
export function foldCase(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  return [...text.normalize('NFKC')]
    .map((character) => character.toLowerCase().toUpperCase().toLowerCase())
    .join('')
    .normalize('NFKC');
}
