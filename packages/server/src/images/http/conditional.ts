/**
 * Whether `If-None-Match` names this representation: a list of tags, weak ones too, or `*` (RFC 9110, section 13.1.2,
 * by the weak comparison).
 * @param etag with its quotes
 */
export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => strong(tag) === strong(etag));
}

/** Whether a range may be taken of this representation: no `If-Range`, or the very same tag (RFC 9110, section 13.1.5). */
export function allowsRange(header: string | undefined, etag: string): boolean {
  return header === undefined || header === etag;
}

function strong(tag: string): string {
  return tag.replace(/^W\//, '');
}
