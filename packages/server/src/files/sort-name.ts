/** Longest folded name, in UTF-16 code units: with the name itself it fits an entry of every index. */
const maxFoldedLength = 300;

/** Sorts before every character of a name. */
const separator = '\u0001';

/**
 * A text by which names sort as people expect, compared byte by byte: case aside, compatible forms as one (`Ａ` as `a`),
 * digits by value (`a2` before `a10`). Behind it stands the name itself, which breaks ties. Made here and not by
 * PostgreSQL, whose collations differ between servers and versions.
 */
export function sortNameOf(name: string): string {
  const folded = foldCase(name).replace(/\p{Nd}+/gu, sortableNumber);
  return `${truncate(folded)}${separator}${name}`;
}

/** A run of digits with its length in front, without zeros that lead: so that the longer number sorts behind. */
function sortableNumber(run: string): string {
  const digits = [...run].map(digitValue).join('').replace(/^0+/, '');
  // One character for numbers of up to eight digits, which nearly all are; '9' announces three.
  const length = digits.length < 9 ? `${digits.length}` : `9${String(digits.length).padStart(3, '0')}`;
  return length + digits;
}

/** The value of a decimal digit of any script: each script has its ten in a row, from zero (Unicode 4.6). */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (code - zero) % 10;
}

/** Cuts between code points, never within a surrogate pair. */
function truncate(text: string): string {
  const cut = text.slice(0, maxFoldedLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

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
