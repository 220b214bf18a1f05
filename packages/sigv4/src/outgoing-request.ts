import { canonicalHeaderValue, type HeaderMap } from './canonical-request.ts';
import { encodePathS3, encodeUriComponentS3 } from './encode.ts';
import type { EncodedPair } from './request-target.ts';

/** A request about to be signed. */
export interface OutgoingRequest {
  /** Upper case. */
  readonly method: string;
  /** `scheme://host[:port]`, no path. */
  readonly endpoint: string;
  /** Not encoded; starts with `/`. */
  readonly path: string;
  /** Not encoded; an empty value gives `name=`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers to sign besides `host`; whoever sends the request has to send exactly these. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a request goes: `origin` stands in the URL, `host` in the Host header, without a default port. */
export interface Endpoint {
  readonly origin: string;
  readonly host: string;
}

/** @throws TypeError if there is more to it than a scheme, a host and a port. */
export function parseEndpoint(endpoint: string): Endpoint {
  const { origin, host, href } = new URL(endpoint);
  if (href !== `${origin}/`) throw new TypeError(`endpoint must be scheme://host[:port], got ${endpoint}`);
  return { origin, host };
}

/** @throws TypeError if the path is relative. */
export function encodePath(path: string): string {
  if (!path.startsWith('/')) throw new TypeError(`path must start with '/', got ${path}`);
  return encodePathS3(path);
}

export function encodeQuery(query: Readonly<Record<string, string>>): EncodedPair[] {
  return Object.entries(query).map(([name, value]) => [
    encodeUriComponentS3(name),
    encodeUriComponentS3(value),
  ]);
}

/**
 * The canonical form of the headers to sign, `host` among them.
 *
 * A header is a byte string (as for `fetch`): each character stands for one byte on the wire.
 *
 * @throws TypeError for a value no header can have, for a name given twice, and for `host`.
 */
export function canonicalHeaders(host: string, headers: Readonly<Record<string, string>>): HeaderMap {
  const canonical = new Map([['host', host]]);
  for (const [name, value] of Object.entries(headers)) {
    const lowerCaseName = name.toLowerCase();
    if (canonical.has(lowerCaseName)) throw new TypeError(`header ${name} is given twice`);
    if (!headerValue.test(value)) throw new TypeError(`header ${name} has characters no header can carry`);
    canonical.set(lowerCaseName, canonicalHeaderValue(value));
  }
  return canonical;
}

/** RFC 9110 §5.5: visible ASCII, blanks and obs-text. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
