/**
 * The canonical request and the string to sign.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import type { HeaderMap } from './headers.ts';
import type { EncodedPair } from './request-target.ts';
import { sha256Hex } from './sha256.ts';

/** The only algorithm of Signature Version 4 with shared secrets. */
export const algorithm = 'AWS4-HMAC-SHA256';

export interface CanonicalRequest {
  /** Upper case. */
  readonly method: string;
  /** Encoded once, never normalised. */
  readonly path: string;
  /** As {@link formatCanonicalQuery} makes it. */
  readonly query: string;
  /** Canonical values of at least the signed headers. */
  readonly headers: HeaderMap;
  /** Lower-case names, ascending. */
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body, or the constant that was announced in its place. */
  readonly payloadHash: string;
}

/** Writes a request down in the one way both sides agree on; one character per byte. */
export function formatCanonicalRequest(request: CanonicalRequest): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = request;
  let headerLines = '';
  for (const name of signedHeaders) headerLines += `${name}:${headers.get(name) ?? ''}\n`;
  return `${method}\n${path}\n${query}\n${headerLines}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** Sorts encoded pairs by name, then value, and joins them; a name without a value keeps its `=`. */
export function formatCanonicalQuery(query: readonly EncodedPair[]): string {
  // Most presigners write them in this order already.
  const sorted = isSorted(query) ? query : query.toSorted(comparePairs);
  let text = '';
  for (const [name, value] of sorted) text += text === '' ? `${name}=${value}` : `&${name}=${value}`;
  return text;
}

function isSorted(query: readonly EncodedPair[]): boolean {
  let previous: EncodedPair | undefined;
  for (const pair of query) {
    if (previous !== undefined && comparePairs(previous, pair) > 0) return false;
    previous = pair;
  }
  return true;
}

// Comparing whole `name=value` strings would be wrong: '=' sorts after '-', '.' and the digits.
function comparePairs(a: EncodedPair, b: EncodedPair): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return 0;
}

/** The algorithm, the time, the scope and the hash of the canonical request, a line each. */
export function formatStringToSign(timestamp: string, scope: string, canonicalRequest: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${sha256Hex(canonicalRequest)}`;
}
