/** Types in which a browser would run scripts: HTML, SVG, and XML of any kind, which may become either. */
const activeType =
  /^\s*(?:text\/html|text\/xml|text\/xsl|[^;]*\bxml\b|[^;]*\+xml|text\/cache-manifest|multipart\/)/i;

/**
 * Keeps what strangers uploaded from acting on behalf of this origin.
 *
 * @see https://www.w3.org/TR/CSP3/#directive-sandbox
 */
export function contentSafetyHeaders(
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const isAttachment = /^\s*attachment\b/i.test(headers['content-disposition'] ?? '');
  const isActive = !isAttachment && activeType.test(headers['content-type'] ?? '');
  return {
    'x-content-type-options': 'nosniff',
    ...(isActive && { 'content-security-policy': 'sandbox' }),
  };
}
