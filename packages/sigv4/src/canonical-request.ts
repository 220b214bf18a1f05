/**
 * The canonical request and the string to sign.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash } from 'node:crypto';
import type { EncodedPair, RequestTarget } from './request-target.ts';

export const algorithm = 'AWS4-HMAC-SHA256';

/** Header names in lower case → canonical value. */
export type HeaderMap = ReadonlyMap<string, string>;

export interface CanonicalRequest {
  readonly method: string;
  readonly target: RequestTarget;
  /** Lower-case names, ascending; every one of them is in `headers`. */
  readonly signedHeaders: readonly string[];
  readonly headers: HeaderMap;
  /** Hex SHA-256 of the body, or one of the announced constants. */
  readonly payloadHash: string;
}

/** Renders a request the one way both sides agree on. Header values are byte strings (latin1). */
export function formatCanonicalRequest(request: CanonicalRequest): string {
  const { method, target, signedHeaders, headers, payloadHash } = request;
  let headerLines = '';
  for (const name of signedHeaders) headerLines += `${name}:${headers.get(name) ?? ''}\n`;
  const query = formatCanonicalQuery(target.query);
  return `${method}\n${target.path}\n${query}\n${headerLines}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** Sorts encoded pairs by name, then value, and joins them; a name without a value keeps its `=`. */
export function formatCanonicalQuery(query: readonly EncodedPair[]): string {
  return query
    .toSorted(comparePairs)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

// Comparing whole `name=value` strings would be wrong: '=' sorts after '-', '.' and the digits.
function comparePairs(a: EncodedPair, b: EncodedPair): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return 0;
}

/**
 * Trims a header value and folds each run of blanks into one space.
 *
 * Blanks are space and tab only (RFC 9110 §5.6.3). `String.prototype.trim` would also eat the byte 0xA0, which
 * ends the UTF-8 form of `à`.
 */
export function canonicalHeaderValue(value: string): string {
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '');
  return trimmed.replace(/[ \t]+/g, ' ');
}

/** `AWS4-HMAC-SHA256`, when, what for, and the hash of the canonical request, a line each. */
export function formatStringToSign(timestamp: string, scope: string, canonicalRequest: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${sha256Hex(canonicalRequest)}`;
}

function sha256Hex(byteString: string): string {
  return createHash('sha256').update(byteString, 'latin1').digest('hex');
}
