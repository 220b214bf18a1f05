/** Secrets that must not appear in a log, with their replacement. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/\b([ps]k_)[0-9a-f]{8,}/g, '$1…'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…'],
  [/\b(X-Amz-(?:Signature|Credential|Security-Token)=)[^&"\s\\]+/gi, '$1…'],
  [/\b(Signature=)[0-9a-f]{16,}/gi, '$1…'],
  [/\b(Bearer )[^"\s\\]+/gi, '$1…'],
  [/(:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+@/g, '$1…@'],
];

/**
 * Removes keys, tokens, signatures and passwords from a line of the log. It works on the finished line, so that it also finds
 * them in a driver's message or an unexpected URL.
 */
export function redact(line: string): string {
  let clean = line;
  for (const [pattern, replacement] of secrets) clean = clean.replace(pattern, replacement);
  return clean;
}
