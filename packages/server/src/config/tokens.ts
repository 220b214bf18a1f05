import type { Settings } from './settings.ts';

/** How access tokens are verified where an environment does not say it itself. */
export type TokensConfig = {
  readonly issuer?: string;
  readonly audience?: string;
} & (
  | {
      readonly kind: 'secret';
      readonly secret: string;
      /** Taken as well while clients move to a new secret. */
      readonly previousSecret?: string;
    }
  | { readonly kind: 'jwks'; readonly url: string }
  /** Each environment by a secret of its own, derived from one that is kept in the data directory. */
  | { readonly kind: 'generated' }
);

/** A key as long as the hash (RFC 7518, section 3.2). */
const minSecretBytes = 32;

export function parseTokens(settings: Settings): TokensConfig {
  const secret = settings.secret('JWT_SECRET');
  const previousSecret = settings.secret('JWT_SECRET_PREVIOUS');
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
  if (previousSecret !== undefined && secret === undefined) {
    settings.report('JWT_SECRET_PREVIOUS', 'is the secret before JWT_SECRET, which is not set.');
  }
  reportShortSecret(settings, 'JWT_SECRET', secret);
  reportShortSecret(settings, 'JWT_SECRET_PREVIOUS', previousSecret);
  if (url !== undefined) return { ...claims, kind: 'jwks', url };
  if (secret !== undefined) {
    return { ...claims, kind: 'secret', secret, ...(previousSecret !== undefined && { previousSecret }) };
  }
  return { ...claims, kind: 'generated' };
}

function reportShortSecret(settings: Settings, variable: string, secret: string | undefined): void {
  if (secret === undefined || Buffer.byteLength(secret) >= minSecretBytes) return;
  settings.report(
    variable,
    `has ${Buffer.byteLength(secret)} bytes; HS256 needs at least ${minSecretBytes}, such as "openssl rand -hex 32" prints.`,
  );
}
