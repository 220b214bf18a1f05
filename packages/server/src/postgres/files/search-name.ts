/**
 * What of a name is searched, and what is searched for: without regard to case, and with composed characters, because
 * macOS decomposes names (한 arrives as ㅎㅏㄴ) and people type composed ones. Done here and not by PostgreSQL, whose
 * lower() depends on the server's locale.
 */
export function searchName(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** A LIKE pattern for search names that hold this term, whatever characters are in it. */
export function containing(term: string): string {
  return `%${term.replace(/[\\%_]/g, '\\$&')}%`;
}
