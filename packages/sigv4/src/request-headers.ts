import { canonicalHeaderValue, type HeaderMap } from './canonical-request.ts';

/**
 * Gathers the headers of a received request: names in lower case, values canonical, repeats joined by `,` in
 * the order they came.
 *
 * Node's `req.headers` will not do: it drops repeats of some headers and joins others by `, `.
 *
 * @param rawHeaders Node's `req.rawHeaders`: name, value, name, value; one character per byte.
 */
export function collectHeaders(rawHeaders: readonly string[]): HeaderMap {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = canonicalHeaderValue(rawHeaders[i + 1] ?? '');
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return headers;
}
