/**
 * Headers of every answer of the console. The Content Security Policy is constant and allows nothing inline, so that pages can be
 * cached, and strangers' names and texts cannot become code.
 * @param byteOrigins origins of the objects host and the images host
 */
export function pageHeaders(byteOrigins: readonly string[]): Readonly<Record<string, string>> {
  const bytes = [...new Set(byteOrigins)].join(' ');
  const policy = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'font-src': "'self'",
    'img-src': `'self' blob: data: ${bytes}`,
    'media-src': `blob: ${bytes}`,
    'frame-src': bytes,
    'connect-src': `'self' ${bytes}`,
    'worker-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  };
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Origin-Agent-Cluster': '?1',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
