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

/** The sources of `tokens`, in a form that can be compared between environments; see {@link tokenSourceOf}. */
export function tokenSourcesOf(tokens: TokenSettings | undefined): readonly string[] {
  return tokens === undefined ? [] : verificationsOf(tokens).map(tokenSourceOf);
}

/**
 * Names the source of a verification; two that accept the same signatures have the same name. For a secret it is an HMAC
 * under the secret, which reveals nothing and is equal for texts that are one key to HMAC (RFC 2104: shorter keys are padded
 * with zeros, longer ones hashed). For a JWKS it is host, port and path, without differences that may lead to the same
 * keys: query, case, names of this machine. When two sources are mistaken for one, their tokens need the claim.
 */
export function tokenSourceOf(verification: TokenVerification): string {
  if (verification.kind === 'secret') {
    const mark = createHmac('sha256', verification.secret).update('bkend token source').digest('base64url');
    return `secret ${mark}`;
  }
  const { hostname, port, pathname } = new URL(verification.url);
  const segments = pathname.split('/').map(decode).filter(Boolean);
  const host = hostname.replace(/\.$/, '').replace(thisMachine, 'localhost');
  return `jwks ${JSON.stringify([host, port, segments])}`;
}

/** Loopback addresses, also mapped into IPv6, as `URL` writes them (RFC 6761, section 6.3; RFC 4291, section 2.5). */
const thisMachine =
  /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]+|0:0)\])$/;

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase();
  } catch {
    return segment.toLowerCase();
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
