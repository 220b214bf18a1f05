import type { IncomingHttpHeaders } from 'node:http';

/** An entity tag as it is sent, in quotes (RFC 9110, section 8.8.3). */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

/** `proceed`: the response is sent as usual; `unchanged`: 304; `failed`: 412. */
export type PreconditionResult = 'proceed' | 'unchanged' | 'failed';

/**
 * Evaluates `If-Match`, then `If-None-Match` (RFC 9110, sections 13.1.1, 13.1.2 and 13.2.2).
 * @param etag of the current representation, with its quotes
 */
export function evaluatePreconditions(headers: IncomingHttpHeaders, etag: string): PreconditionResult {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && !matchesStrongly(ifMatch, etag)) return 'failed';
  return ifNoneMatch !== undefined && matchesWeakly(ifNoneMatch, etag) ? 'unchanged' : 'proceed';
}

/**
 * Whether `If-Match` holds: its list has this tag, by the strong comparison, in which weak tags never match, or is `*`
 * (RFC 9110, sections 8.8.3.2 and 13.1.1). Tags without quotes, which clients of S3 send, count as quoted.
 * @param etag with its quotes
 */
export function matchesStrongly(list: string, etag: string): boolean {
  return list === etag || isAny(list) || tagsIn(list).some((tag) => tag === etag);
}

/**
 * Whether the list of `If-None-Match` has this tag, by the weak comparison, or is `*` (RFC 9110, section 13.1.2). Otherwise as
 * {@link matchesStrongly}.
 * @param etag with its quotes
 */
export function matchesWeakly(list: string, etag: string): boolean {
  // Most clients send the one tag of the response they keep: a list is read for the others.
  if (list === etag || isAny(list)) return true;
  const opaque = opaqueTag(etag);
  return tagsIn(list).some((tag) => opaqueTag(tag) === opaque);
}

function isAny(list: string): boolean {
  return list.trim() === '*';
}

function tagsIn(list: string): string[] {
  return Array.from(
    list.matchAll(/(W\/)?(?:"([^"]*)"|([^\s,"]+))/g),
    ([, weak = '', quoted, bare]) => `${weak}"${quoted ?? bare}"`,
  );
}

function opaqueTag(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
