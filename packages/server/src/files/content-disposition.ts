import type { Disposition } from '@bkend/storage-contract';

/**
 * `Content-Disposition` for a name in any script: an ASCII rendering for old clients, and the name itself in UTF-8
 * (RFC 6266 section 4.3, RFC 8187 section 3.2).
 */
export function contentDisposition(disposition: Disposition, name: string): string {
  const ascii = name
    .normalize('NFC')
    .replace(/[^\x20-\x7e]/gu, '_')
    .replace(/["\\%]/g, '_');
  return `${disposition}; filename="${ascii}"; filename*=UTF-8''${encodeExtendedValue(name)}`;
}

/** RFC 8187's `attr-char` leaves out four of the characters that `encodeURIComponent` passes. */
function encodeExtendedValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
