import type { Settings } from './settings.ts';

/** How access tokens are verified. */
export type TokensConfig = {
  readonly issuer?: string;
  readonly audience?: string;
} & (
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwks'; readonly url: string }
  /** With the secret that is made on first start and kept in the data directory. */
  | { readonly kind: 'generated' }
);

/** A key as long as the hash (RFC 7518, section 3.2). */
const minSecretBytes = 32;

export function parseTokens(settings: Settings): TokensConfig {
  const secret = settings.secret('JWT_SECRET');
  const url = settings.url('JWT_JWKS_URL', { mayHavePath: true, mayHaveQuery: true });
  const issuer = settings.text('JWT_ISSUER');
  const audience = settings.text('JWT_AUDIENCE');
  const claims = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) };
  if (secret !== undefined && settings.isSet('JWT_JWKS_URL')) {
    settings.report(
      'JWT_SECRET and JWT_JWKS_URL',
      'contradict each other; tokens are verified with one of them.',
    );
  }
  if (secret !== undefined && Buffer.byteLength(secret) < minSecretBytes) {
    settings.report(
      'JWT_SECRET',
      `has ${Buffer.byteLength(secret)} bytes; HS256 needs at least ${minSecretBytes}, such as "openssl rand -hex 32" prints.`,
    );
  }
  if (url !== undefined) return { ...claims, kind: 'jwks', url };
  if (secret !== undefined) return { ...claims, kind: 'secret', secret };
  return { ...claims, kind: 'generated' };
}
