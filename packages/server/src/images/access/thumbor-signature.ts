import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether a path bears Thumbor's signature: HMAC-SHA1 of what stands behind it, in base64url. Like Thumbor, the path
 * counts as it was sent or with its percent-encoding undone.
 */
export function bearsThumborSignature(key: string, signature: string, path: string): boolean {
  const shown = Buffer.from(signature, 'base64url');
  return [path, decoded(path)].some((text) => {
    if (text === undefined) return false;
    const right = createHmac('sha1', key).update(text).digest();
    return shown.length === right.length && timingSafeEqual(shown, right);
  });
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
