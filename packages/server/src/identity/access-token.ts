import { createHash } from 'node:crypto';
import { StorageError } from '@bkend/storage-contract';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { isUserId } from './user-id.ts';

/** What a verified token says. */
export interface AccessToken {
  readonly userId: string;
  readonly isAdmin: boolean;
  /** When it dies; absent for a token without `exp`. */
  readonly expiresAt?: Date;
}

/** How tokens are verified: with a secret we share with the issuer, or with the keys the issuer publishes. */
export type TokenVerification = {
  readonly issuer?: string;
  readonly audience?: string;
} & ({ readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'jwks'; readonly url: string });

/** @throws `auth/invalid-access-token`, `auth/access-token-expired`, `common/unavailable` when the issuer's keys cannot be had */
export type VerifyAccessToken = (token: string) => Promise<AccessToken>;

/** Longest time a verified token is believed without looking again: how fast a withdrawn signing key takes effect. */
const believedForMs = 60_000;
const maxCachedTokens = 10_000;

/**
 * Makes a verifier of JSON Web Tokens (RFC 7519): HS256 with a secret, or RS256, ES256 and EdDSA with a JWKS (RFC 7517)
 * that is fetched again when an unknown `kid` turns up: at most once a second, and never twice at once. Verified tokens
 * are remembered in a bounded cache, never beyond their own life.
 */
export function createTokenVerifier(
  verification: TokenVerification,
  clock: () => Date = () => new Date(),
): VerifyAccessToken {
  const verify = signatureCheck(verification, clock);
  const verified = new LRUCache<string, AccessToken>({ max: maxCachedTokens, ttl: believedForMs });
  return async (token) => {
    const fingerprint = createHash('sha256').update(token).digest('base64url');
    const known = verified.get(fingerprint);
    if (known && (known.expiresAt === undefined || known.expiresAt > clock())) return known;
    const accessToken = readClaims(await verify(token));
    verified.set(fingerprint, accessToken);
    return accessToken;
  };
}

/**
 * Signs a token of our own (HS256), for `bkend-storage token` and for tests.
 * @param claims.expiresInSeconds how long it lives
 */
export async function signAccessToken(
  verification: TokenVerification & { kind: 'secret' },
  claims: { userId: string; role?: string; expiresInSeconds: number; at: Date },
): Promise<string> {
  const issuedAt = Math.floor(claims.at.getTime() / 1000);
  const token = new SignJWT(claims.role === undefined ? {} : { role: claims.role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + claims.expiresInSeconds);
  if (verification.issuer !== undefined) token.setIssuer(verification.issuer);
  if (verification.audience !== undefined) token.setAudience(verification.audience);
  return token.sign(new TextEncoder().encode(verification.secret));
}

function signatureCheck(verification: TokenVerification, clock: () => Date) {
  const claims = {
    ...(verification.issuer !== undefined && { issuer: verification.issuer }),
    ...(verification.audience !== undefined && { audience: verification.audience }),
  };
  const check = checkWith(verification);
  return async (token: string): Promise<JWTPayload> => {
    try {
      return await check(token, { ...claims, currentDate: clock() });
    } catch (error) {
      throw tokenRefused(error);
    }
  };
}

/** The algorithms are named, so that no token chooses its own (RFC 8725, section 3.1). */
function checkWith(verification: TokenVerification) {
  if (verification.kind === 'secret') {
    const secret = new TextEncoder().encode(verification.secret);
    return async (token: string, options: JWTVerifyOptions) =>
      (await jwtVerify(token, secret, { ...options, algorithms: ['HS256'] })).payload;
  }
  const keys = createRemoteJWKSet(new URL(verification.url), {
    cooldownDuration: 1_000,
    timeoutDuration: 5_000,
    cacheMaxAge: 10 * 60_000,
  });
  return async (token: string, options: JWTVerifyOptions) =>
    (await jwtVerify(token, keys, { ...options, algorithms: ['RS256', 'ES256', 'EdDSA', 'Ed25519'] }))
      .payload;
}

function tokenRefused(error: unknown): StorageError {
  if (error instanceof errors.JWTExpired) {
    return new StorageError('auth/access-token-expired', 'The access token has expired: sign in again.', {
      cause: error,
    });
  }
  if (error instanceof errors.JOSEError && !isOfTheIssuer(error)) {
    return new StorageError('auth/invalid-access-token', 'The access token is not valid.', { cause: error });
  }
  return issuerUnavailable(error);
}

/** The key set could not be fetched or read: no fault of the token's. */
function isOfTheIssuer(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === errors.JOSEError.code
  );
}

function issuerUnavailable(cause: unknown): StorageError {
  return new StorageError(
    'common/unavailable',
    'The keys that tokens are signed with cannot be fetched now.',
    {
      cause,
      details: { retryAfterSeconds: 5 },
    },
  );
}

function readClaims(payload: JWTPayload): AccessToken {
  const { sub, exp } = payload;
  if (typeof sub !== 'string' || !isUserId(sub)) {
    throw new StorageError(
      'auth/invalid-access-token',
      'The access token names no user: "sub" is missing or unusable.',
    );
  }
  return {
    userId: sub,
    isAdmin: payload.role === 'admin',
    ...(exp !== undefined && { expiresAt: new Date(exp * 1000) }),
  };
}
