/**
 * Percent-encoding for Signature Version 4: RFC 3986 §2.3 unreserved characters stay, every other
 * byte becomes `%XX` with upper-case hex. A space is `%20`, never `+`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (UriEncode)
 */
import { SignatureError } from './signature-error.ts';

const unreservedOnly = /^[A-Za-z0-9\-._~]*$/;
const unreservedAndSlashOnly = /^[A-Za-z0-9\-._~/]*$/;

/** A query part in canonical spelling: no encoded byte is unreserved or in lower-case hex. */
const canonicalQueryPart =
  /^(?:[A-Za-z0-9\-._~]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))*$/;

/** The five characters `encodeURIComponent` leaves alone although RFC 3986 reserves them. */
const reservedButKept = /[!'()*]/g;

/**
 * Encodes a query name, a query value or one path segment; `/` becomes `%2F`.
 *
 * @throws URIError if `text` holds a lone surrogate and so has no UTF-8 form.
 */
export function encodeUriComponentS3(text: string): string {
  if (unreservedOnly.test(text)) return text;
  return encodeURIComponent(text).replace(reservedButKept, encodeChar);
}

/**
 * Encodes a whole path, keeping every `/`. Nothing is normalised: `//`, `.` and `..` are ordinary parts of an
 * S3 key.
 *
 * @throws URIError if `path` holds a lone surrogate and so has no UTF-8 form.
 */
export function encodePathS3(path: string): string {
  if (unreservedAndSlashOnly.test(path)) return path;
  return encodeURIComponent(path).replaceAll('%2F', '/').replace(reservedButKept, encodeChar);
}

/**
 * Brings a path as it arrived on the wire into its one canonical spelling: needlessly encoded bytes are decoded,
 * reserved bytes are encoded. It works byte by byte, so it neither needs nor checks UTF-8.
 *
 * `%2F` becomes `/`, because S3 sees the same key in both.
 *
 * @param rawPath one character per byte, as Node gives `req.url`.
 * @throws SignatureError `InvalidURI` if a `%` is not followed by two hex digits.
 */
export function recodePath(rawPath: string): string {
  if (unreservedAndSlashOnly.test(rawPath)) return rawPath;
  return recode(rawPath).replaceAll('%2F', '/');
}

/**
 * Brings a query name or value into its canonical spelling; here `+` is a space and `/` is encoded.
 *
 * @throws SignatureError `InvalidURI` if a `%` is not followed by two hex digits.
 */
export function recodeQueryPart(rawText: string): string {
  if (canonicalQueryPart.test(rawText)) return rawText;
  return recode(rawText.replaceAll('+', '%20'));
}

/**
 * Decodes a result of {@link recodePath} or {@link recodeQueryPart}.
 *
 * @throws SignatureError `InvalidURI` if the bytes are not UTF-8.
 */
export function decodeUriComponentS3(encoded: string): string {
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalidUri();
  }
}

function recode(rawText: string): string {
  return rawText.replace(
    /%([0-9A-Fa-f]{2})?|[^A-Za-z0-9\-._~]/g,
    (match: string, hex: string | undefined) => {
      if (hex !== undefined) return encodedByte(Number.parseInt(hex, 16));
      if (match === '%') throw invalidUri();
      return encodedByte(match.charCodeAt(0));
    },
  );
}

function encodeChar(char: string): string {
  return encodedByte(char.charCodeAt(0));
}

/** The canonical spelling of each byte. */
const encodedBytes = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return unreservedOnly.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

function encodedByte(byte: number): string {
  const encoded = encodedBytes[byte];
  if (encoded === undefined) throw invalidUri(); // not one character per byte
  return encoded;
}

function invalidUri(): SignatureError {
  return new SignatureError('InvalidURI', "Couldn't parse the specified URI.");
}
