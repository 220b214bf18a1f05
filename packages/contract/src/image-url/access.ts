import type { ImageAccess } from './image-url.ts';

/**
 * The access part at the front of a path. Only the exact length and form counts: 28 characters of base64url that end in
 * the padding of 20 bytes, or the claims and signature of a signed image URL. A looser pattern would swallow keys that begin
 * with a long name.
 */
const hmacPattern = /^([A-Za-z0-9_-]{27})(?:=|%3D)$/i;
const signedPattern = /^~([A-Za-z0-9_-]{1,512})\.([A-Za-z0-9_-]{43})$/;

/** Splits a path into its access part and the rest that it covers, without leading slashes. */
export function readImageAccess(path: string): { access?: ImageAccess; rest: string } {
  const whole = path.slice(path.search(/[^/]|$/));
  const end = whole.indexOf('/');
  const access = end < 1 ? undefined : accessOf(whole.slice(0, end));
  return access ? { access, rest: whole.slice(end + 1) } : { rest: whole };
}

/** `-`, `.`, `_` and `~` of the alphabets above, which mean the same when percent-encoded (RFC 3986, section 6.2.2.2). */
const encodedUnreserved = /%(?:2[de]|5f|7e)/gi;

/** The access part that a first segment stands for; undefined for any other segment. */
export function accessOf(encoded: string): ImageAccess | undefined {
  const segment = encoded.replace(encodedUnreserved, decodeURIComponent);
  if (segment === 'unsafe') return { kind: 'unsafe' };
  const hmac = hmacPattern.exec(segment);
  if (hmac) return { kind: 'hmac', signature: `${hmac[1]}=` };
  const [, claims, signature] = signedPattern.exec(segment) ?? [];
  return claims && signature ? { kind: 'signed', claims, signature } : undefined;
}

export function writeImageAccess(access: ImageAccess | undefined): string[] {
  switch (access?.kind) {
    case undefined:
      return [];
    case 'unsafe':
      return ['unsafe'];
    case 'hmac':
      return [access.signature];
    case 'signed':
      return [`~${access.claims}.${access.signature}`];
  }
}
