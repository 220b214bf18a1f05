/**
 * The form of a name that is stored for search and searched by: lower case and NFC, because macOS decomposes names (한
 * arrives as ㅎㅏㄴ) while people type composed ones. Not left to PostgreSQL, whose lower() depends on the server's locale.
 */
export function searchName(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** A LIKE pattern for search names that contain this term, whatever characters are in it. */
export function containing(term: string): string {
  return `%${term.replace(/[\\%_]/g, '\\$&')}%`;
}
