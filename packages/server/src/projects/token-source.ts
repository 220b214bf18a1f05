import { createHmac, hkdfSync } from 'node:crypto';
import type { TokenVerification } from '../identity/access-token.ts';
import type { Environment } from './environment.ts';
import type { TokenSettings } from './token-settings.ts';

/** The ways in which an environment's own settings verify tokens, the one to sign with first. */
export function verificationsOf(tokens: TokenSettings): readonly TokenVerification[] {
  const claims = {
    ...(tokens.issuer !== undefined && { issuer: tokens.issuer }),
    ...(tokens.audience !== undefined && { audience: tokens.audience }),
  };
  if ('jwksUrl' in tokens) return [{ ...claims, kind: 'jwks', url: tokens.jwksUrl }];
  return [tokens.secret, tokens.previousSecret]
    .filter((secret) => secret !== undefined)
    .map((secret) => ({ ...claims, kind: 'secret', secret }));
}

/** What `tokens` verify by, in a form in which those of two environments can be compared; see {@link tokenSourceOf}. */
export function tokenSourcesOf(tokens: TokenSettings | undefined): readonly string[] {
  return tokens === undefined ? [] : verificationsOf(tokens).map(tokenSourceOf);
}

/**
 * Whose signatures a verification takes; equal for two that take the same. Of a secret it is an HMAC under it, which tells
 * nothing of it and is the same for texts that are one key to HMAC (RFC 2104: shorter keys are padded with zeros, longer
 * ones hashed). Of a JWKS it is the URL without what makes no other address of it.
 */
export function tokenSourceOf(verification: TokenVerification): string {
  if (verification.kind === 'secret') {
    const mark = createHmac('sha256', verification.secret).update('bkend token source').digest('base64url');
    return `secret ${mark}`;
  }
  const { hostname, port, pathname, search } = new URL(verification.url);
  const segments = pathname.split('/').filter(Boolean).map(decode);
  return `jwks ${JSON.stringify([hostname.replace(/\.$/, ''), port, segments, search])}`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * The secret that is generated for an environment: HKDF-SHA-256 (RFC 5869) of a master that never leaves the service.
 * @param master at least 32 bytes
 * @returns 64 hex digits
 */
export function deriveTokenSecret(master: Uint8Array, { tenant, id }: Environment): string {
  const info = `bkend access tokens ${tenant} ${id}`;
  return Buffer.from(hkdfSync('sha256', master, new Uint8Array(), info, 32)).toString('hex');
}
