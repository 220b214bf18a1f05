/** Types in which a browser would run scripts: HTML, SVG, and XML of any kind, which may become either. */
const activeType =
  /^\s*(?:text\/html|text\/xml|text\/xsl|[^;]*\bxml\b|[^;]*\+xml|text\/cache-manifest|multipart\/)/i;

/**
 * Keeps what strangers uploaded from acting on behalf of this origin.
 *
 * @param headers of the answer, to which more are added
 * @see https://www.w3.org/TR/CSP3/#directive-sandbox
 */
export function addContentSafety(headers: Record<string, string | undefined>): void {
  headers['x-content-type-options'] = 'nosniff';
  if (!activeType.test(headers['content-type'] ?? '')) return;
  const isAttachment = /^\s*attachment\b/i.test(headers['content-disposition'] ?? '');
  if (!isAttachment) headers['content-security-policy'] = 'sandbox';
}
