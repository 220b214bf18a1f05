// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const userIdPattern = /^[^\u0000-\u001f\u007f]{1,255}$/u;

/**
 * Whether this can be a user's id: anything an identity provider may call a user, as long as it can be stored,
 * and be part of a URL: clients take `.` and `..` out of those (RFC 3986, section 5.2.4).
 */
export function isUserId(text: string): boolean {
  return userIdPattern.test(text) && text.isWellFormed() && text !== '.' && text !== '..';
}
