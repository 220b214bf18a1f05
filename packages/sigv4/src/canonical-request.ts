/**
 * The canonical request and its parts: header values, query, payload hash, and the string to sign.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { hash } from 'node:crypto';
import type { EncodedPair } from './request-target.ts';
import { SignatureError } from './signature-error.ts';

/** The only algorithm of Signature Version 4 with shared secrets. */
export const algorithm = 'AWS4-HMAC-SHA256';

/** The payload hash of a request whose body is not part of the signature. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** Payload hashes of `aws-chunked` bodies with a signature in every chunk, without and with signed trailers. */
export const signedStreams: ReadonlySet<string> = new Set([
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
]);

const payloadConstants: ReadonlySet<string> = new Set([
  unsignedPayload,
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ...signedStreams,
]);

/** Header names in lower case → canonical values, one character per byte. */
export type HeaderMap = ReadonlyMap<string, string>;

export interface CanonicalRequest {
  /** Upper case. */
  readonly method: string;
  /** Encoded once, never normalised. */
  readonly path: string;
  /** Result of {@link formatCanonicalQuery}. */
  readonly query: string;
  /** Canonical values of at least the signed headers. */
  readonly headers: HeaderMap;
  /** Lower-case names, ascending. */
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body, or the constant that was announced in its stead. */
  readonly payloadHash: string;
}

/** Formats the text that client and server both hash, one character per byte. */
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

/**
 * Collects the headers of a received request, joining repeats by `,` in the order they came.
 *
 * Node's `req.headers` is not usable: it drops repeats of some headers and joins those of others by `, `.
 *
 * @param rawHeaders Node's `req.rawHeaders`: name, value, name, value, …
 * @param authority host and port of a target in absolute form, which replace the value of `host`.
 */
export function collectHeaders(rawHeaders: readonly string[], authority?: string): HeaderMap {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = canonicalHeaderValue(rawHeaders[i + 1] ?? '');
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  if (authority !== undefined) headers.set('host', authority);
  return headers;
}

/**
 * Trims a header value and folds each run of blanks inside it into one space.
 *
 * Blanks are space and tab (RFC 9110 §5.6.3) and nothing else. `trim` would also remove the byte 0xA0, which ends
 * the UTF-8 form of `à`.
 */
export function canonicalHeaderValue(value: string): string {
  if (!untidyBlanks.test(value)) return value;
  return value.replace(/^[ \t]+|[ \t]+$/g, '').replace(/[ \t]+/g, ' ');
}

const untidyBlanks = /^ | $| {2}|\t/;

/**
 * Checks that a payload hash is one that S3 accepts as `x-amz-content-sha256`.
 *
 * @returns `value` itself.
 * @throws SignatureError `InvalidArgument` for anything else, the ECDSA streams of SigV4A included.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function checkPayloadHash(value: string): string {
  if (payloadConstants.has(value) || /^[0-9a-f]{64}$/.test(value)) return value;
  const message = `x-amz-content-sha256 must be ${[...payloadConstants].join(', ')} or a valid sha256 value.`;
  throw new SignatureError('InvalidArgument', message, {
    ArgumentName: 'x-amz-content-sha256',
    ArgumentValue: value,
  });
}

/** Formats the string to sign: the algorithm, the time, the scope and the hash of the canonical request, a line each. */
export function formatStringToSign(timestamp: string, scope: string, canonicalRequest: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${sha256Hex(canonicalRequest)}`;
}

/** Lower-case hex SHA-256 of a text of one character per byte. `hash` is one call in place of three, without an object. */
function sha256Hex(text: string): string {
  return hash('sha256', Buffer.from(text, 'latin1'), 'hex');
}
