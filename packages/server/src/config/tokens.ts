import type { SecretSetting, SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

export const tokenSettings = {
  secret: {
    name: 'JWT_SECRET',
    kind: 'secret',
    defaultText: 'unset: each environment has a secret of its own',
    description: 'Secret that access tokens are verified with (HS256), at least 32 bytes.',
    roles: ['api'],
  },
  previousSecret: {
    name: 'JWT_SECRET_PREVIOUS',
    kind: 'secret',
    description: 'The former secret, accepted as well while secrets change.',
    roles: ['api'],
  },
  jwksUrl: {
    name: 'JWT_JWKS_URL',
    kind: 'url',
    mayHavePath: true,
    mayHaveQuery: true,
    description: 'URL of the issuer’s published keys (RS256, ES256, EdDSA), in place of `JWT_SECRET`.',
    roles: ['api'],
  },
  issuer: {
    name: 'JWT_ISSUER',
    kind: 'text',
    description: 'Value that `iss` must have. Unset: not checked.',
    roles: ['api'],
  },
  audience: {
    name: 'JWT_AUDIENCE',
    kind: 'text',
    description: 'Value that `aud` must have. Unset: not checked.',
    roles: ['api'],
  },
} as const satisfies SettingRows;

/** Verification of access tokens in environments without token settings of their own. */
export type TokensConfig = {
  readonly issuer?: string;
  readonly audience?: string;
} & (
  | {
      readonly kind: 'secret';
      readonly secret: string;
      /** Accepted as well while clients move to a new secret. */
      readonly previousSecret?: string;
    }
  | { readonly kind: 'jwks'; readonly url: string }
  /** A secret for each environment, derived from one that is kept in the data directory. */
  | { readonly kind: 'generated' }
);

/** A key as long as the hash (RFC 7518, section 3.2). */
const minSecretBytes = 32;

export function parseTokens(settings: Settings): TokensConfig {
  const secret = settings.secret(tokenSettings.secret);
  const previousSecret = settings.secret(tokenSettings.previousSecret);
  const url = settings.url(tokenSettings.jwksUrl);
  const issuer = settings.text(tokenSettings.issuer);
  const audience = settings.text(tokenSettings.audience);
  const claims = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) };
  if (secret !== undefined && settings.isSet(tokenSettings.jwksUrl)) {
    settings.report(
      'JWT_SECRET and JWT_JWKS_URL',
      'contradict each other; tokens are verified with one of them.',
    );
  }
  if (previousSecret !== undefined && secret === undefined) {
    settings.report('JWT_SECRET_PREVIOUS', 'is the secret before JWT_SECRET, which is not set.');
  }
  reportShortSecret(settings, tokenSettings.secret, secret);
  reportShortSecret(settings, tokenSettings.previousSecret, previousSecret);
  if (url !== undefined) return { ...claims, kind: 'jwks', url };
  if (secret !== undefined) {
    return { ...claims, kind: 'secret', secret, ...(previousSecret !== undefined && { previousSecret }) };
  }
  return { ...claims, kind: 'generated' };
}

function reportShortSecret(settings: Settings, { name }: SecretSetting, secret: string | undefined): void {
  if (secret === undefined || Buffer.byteLength(secret) >= minSecretBytes) return;
  settings.report(
    name,
    `has ${Buffer.byteLength(secret)} bytes; HS256 needs at least ${minSecretBytes}, such as "openssl rand -hex 32" prints.`,
  );
}
