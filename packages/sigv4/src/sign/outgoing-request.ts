import { canonicalHeaderValue, type HeaderMap } from '../canonical-request.ts';
import { encodePathS3, encodeUriComponentS3 } from '../encode.ts';
import type { EncodedPair } from '../request-target.ts';

/** A request about to be signed. */
export interface OutgoingRequest {
  /** Upper case. */
  readonly method: string;
  /** `scheme://host[:port]`, nothing after it. */
  readonly endpoint: string;
  /** Not encoded; starts with `/`. */
  readonly path: string;
  /** Not encoded. An empty value gives `name=`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers to sign besides `host`. The sender of the request must send exactly these. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The target server: `origin` as in the URL, `host` as in the Host header, both without a default port. */
interface Endpoint {
  readonly origin: string;
  readonly host: string;
}

/** @throws TypeError if the endpoint is more than a scheme, a host and a port. */
export function parseEndpoint(endpoint: string): Endpoint {
  const { origin, host, href } = new URL(endpoint);
  if (href !== `${origin}/`) throw new TypeError('endpoint must be scheme://host[:port] and nothing else');
  return { origin, host };
}

/** @throws TypeError if the path is relative. */
export function encodePath(path: string): string {
  if (!path.startsWith('/')) throw new TypeError(`path must start with '/', unlike ${path}`);
  return encodePathS3(path);
}

export function encodeQuery(query: Readonly<Record<string, string>>): EncodedPair[] {
  return Object.entries(query).map(([name, value]) => [
    encodeUriComponentS3(name),
    encodeUriComponentS3(value),
  ]);
}

/**
 * Collects the canonical values of `host` and the given headers.
 *
 * A header value is a byte string, as in `fetch` and `http.request`: one character per byte on the wire.
 *
 * @throws TypeError for a name given twice (`host` counts as given) and for a value that no header can have.
 */
export function canonicalHeaders(host: string, headers: readonly (readonly [string, string])[]): HeaderMap {
  const canonical = new Map([['host', host]]);
  for (const [name, value] of headers) {
    const lowerCaseName = name.toLowerCase();
    if (canonical.has(lowerCaseName)) throw new TypeError(`header ${name} is given twice`);
    if (!headerValue.test(value)) throw new TypeError(`header ${name} has a value that no header can have`);
    canonical.set(lowerCaseName, canonicalHeaderValue(value));
  }
  return canonical;
}

/** Visible ASCII, blanks and obs-text (RFC 9110 §5.5). */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
