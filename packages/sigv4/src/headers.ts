/** Header names in lower case → canonical values, one character per byte. */
export type HeaderMap = ReadonlyMap<string, string>;

/**
 * Gathers the headers of a received request, joining repeats by `,` in the order they came.
 *
 * Node's `req.headers` will not do: it drops repeats of some headers and joins those of others by `, `.
 *
 * @param rawHeaders Node's `req.rawHeaders`: name, value, name, value, …
 * @param authority of a target in absolute form, in place of `host`.
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
 * Blanks are space and tab (RFC 9110 §5.6.3) and nothing else. `trim` would also eat the byte 0xA0, which ends
 * the UTF-8 form of `à`.
 */
export function canonicalHeaderValue(value: string): string {
  if (!untidyBlanks.test(value)) return value;
  return value.replace(/^[ \t]+|[ \t]+$/g, '').replace(/[ \t]+/g, ' ');
}

const untidyBlanks = /^ | $| {2}|\t/;
