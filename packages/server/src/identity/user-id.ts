// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const userIdPattern = /^[^\u0000-\u001f\u007f]{1,255}$/u;

/**
 * Whether this can be a user's id: any text of an identity provider that can be stored and be a segment of a URL. Clients
 * remove `.` and `..` from URLs (RFC 3986, section 5.2.4).
 */
export function isUserId(text: string): boolean {
  return userIdPattern.test(text) && text.isWellFormed() && text !== '.' && text !== '..';
}
