import { accessOf } from './access.ts';
import type { ImageUrlFault } from './image-url.ts';
import { looksLikeAnOption } from './options.ts';

/** Prefix of a key in base64url, for clients behind proxies that change percent-encoding; imagor's notation. */
const base64Prefix = 'b64:';

const noKey: ImageUrlFault = { kind: 'fault', option: 'key', message: 'the path names no key' };
const badKey: ImageUrlFault = { kind: 'fault', option: 'key', message: 'the key is not well encoded' };

/** The key as it was stored: decoded once, as one unit. A `+` is a plus. */
export function decodeImageKey(encoded: string): string | ImageUrlFault {
  if (encoded === '') return noKey;
  try {
    const key = decodeBase64Key(encoded) ?? decodeURIComponent(encoded);
    return key === '' ? noKey : key;
  } catch {
    return badKey;
  }
}

/** The key behind `b64:`; undefined for a text without that prefix. Throws for anything but base64url of UTF-8. */
export function decodeBase64Key(text: string): string | undefined {
  if (!text.startsWith(base64Prefix)) return undefined;
  const binary = atob(text.slice(base64Prefix.length).replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Encodes a key; one whose first segment could be read as an option becomes one segment, its slashes written as `%2F`. */
export function encodeImageKey(key: string): string {
  const end = key.indexOf('/');
  const first = end < 0 ? key : key.slice(0, end);
  const ambiguous =
    first === '' || first.startsWith('filters:') || looksLikeAnOption(first) || accessOf(first) !== undefined;
  return ambiguous ? encodeURIComponent(key) : key.split('/').map(encodeURIComponent).join('/');
}
