import { StorageError } from '@bkend/storage-contract';
import { SignJWT } from 'jose';
import type { Tenant } from './tenant.ts';

/** One way to verify tokens: by a secret shared with the issuer, or by the keys that the issuer publishes. */
export type TokenVerification = {
  readonly issuer?: string;
  readonly audience?: string;
} & ({ readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'jwks'; readonly url: string });

/** The claims of a token that is valid in an environment. */
export interface AccessToken {
  readonly userId: string;
  readonly isAdmin: boolean;
  /** `exp`; absent for a token without. */
  readonly expiresAt?: Date;
}

/**
 * The reason of a refusal: `details.reason` of `auth/invalid-access-token`. Stable, as codes are. Reasons below
 * `not-verified` are given for tokens with a valid signature.
 */
export type TokenRefusalReason =
  /** The header is not `Bearer` followed by a token. */
  | 'malformed'
  /** Not a JWT, another algorithm, an unknown key or a wrong signature. */
  | 'not-verified'
  | 'not-yet-valid'
  | 'wrong-issuer'
  | 'wrong-audience'
  /** A registered claim of the wrong type. */
  | 'invalid-claim'
  | 'missing-sub'
  | 'missing-exp'
  /** Another environment could verify this token, too, so it must name its own. */
  | 'missing-environment'
  | 'wrong-environment'
  | 'issued-before-environment'
  /** It names no environment, and was issued before the home environment was moved here. */
  | 'issued-before-home';

/** The refusal of a token: 401, with the reason in its details. */
export function tokenRefused(reason: TokenRefusalReason, message: string, cause?: unknown): StorageError {
  return new StorageError('auth/invalid-access-token', message, {
    details: { reason },
    ...(cause !== undefined && { cause }),
  });
}

/**
 * Signs a token (HS256), for `bkend-storage token` and for tests.
 * @param claims.environment the one environment in which it is valid
 */
export async function signAccessToken(
  verification: TokenVerification & { kind: 'secret' },
  claims: { userId: string; role?: string; environment?: Tenant; expiresInSeconds: number; at: Date },
): Promise<string> {
  const issuedAt = Math.floor(claims.at.getTime() / 1000);
  const token = new SignJWT({
    ...(claims.role !== undefined && { role: claims.role }),
    ...(claims.environment !== undefined && { environment: claims.environment }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + claims.expiresInSeconds);
  if (verification.issuer !== undefined) token.setIssuer(verification.issuer);
  if (verification.audience !== undefined) token.setAudience(verification.audience);
  return token.sign(new TextEncoder().encode(verification.secret));
}
