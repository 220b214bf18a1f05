import { createHash } from 'node:crypto';
import { StorageError } from '@bkend/storage-contract';
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { type AccessToken, type TokenVerification, tokenRefused } from './access-token.ts';
import { isUserId } from './caller.ts';
import { type KeySet, PublishedKeys } from './published-keys.ts';

/** The claims of a token with valid signature and times, which the rules of an environment judge. */
export interface CheckedToken extends AccessToken {
  /** `iat`, in seconds; absent for a token without. */
  readonly issuedAtSeconds?: number;
  readonly audiences: readonly string[];
  /** `environment`, of any type; undefined for a token without. */
  readonly environment: unknown;
}

/**
 * Checks signature, algorithm, issuer, audience and times of a token.
 * @throws `auth/invalid-access-token`, `auth/access-token-expired`, `common/unavailable` when the issuer's keys cannot be had
 */
export type CheckJwt = (verification: TokenVerification, token: string) => Promise<CheckedToken>;

/** A verified token is cached this long, unless the keys that verified it change. */
const maxAgeMs = 60_000;
const maxTokens = 10_000;
const maxIssuers = 1_000;

/** How far the clocks of issuers may be off, for `exp` and `nbf` (RFC 7519, sections 4.1.4 and 4.1.5). */
export const clockLeewaySeconds = 30;

/**
 * Creates a check of JSON Web Tokens (RFC 7519): HS256 with a secret, or RS256, ES256 and EdDSA with a JWKS (RFC 7517), which is
 * fetched as {@link PublishedKeys} says. Verified tokens are cached, at most 10,000, never beyond their expiry and never
 * beyond the keys of their issuer.
 */
export function createJwtCheck(clock: () => Date = () => new Date()): CheckJwt {
  const verified = new LRUCache<string, CheckedToken>({ max: maxTokens, ttl: maxAgeMs });
  const issuers = new LRUCache<string, PublishedKeys>({ max: maxIssuers });
  const keysAt = (url: string) => {
    const keys = issuers.get(url) ?? new PublishedKeys(url);
    issuers.set(url, keys);
    return keys;
  };
  return async (verification, token) => {
    try {
      const keys = verification.kind === 'jwks' ? keysAt(verification.url) : undefined;
      const keySet = await keys?.read();
      const name = createHash('sha256')
        .update(`${nameOf(verification)} ${keySet?.version}\n${token}`)
        .digest('base64url');
      const known = verified.get(name);
      if (known && isAlive(known, clock())) return known;
      const signed = { verification, token, now: clock() };
      const payload = await verify(signed, keySet).catch(async (error: unknown) => {
        const newer = error instanceof errors.JWKSNoMatchingKey && (await keys?.readForUnknownKey());
        if (!newer) throw error;
        return verify(signed, newer);
      });
      const checked = readClaims(payload);
      verified.set(name, checked);
      return checked;
    } catch (error) {
      throw explain(error);
    }
  };
}

function isAlive({ expiresAt }: CheckedToken, now: Date): boolean {
  return expiresAt === undefined || expiresAt.getTime() + clockLeewaySeconds * 1000 > now.getTime();
}

/** The cache key of a verification: everything that decides whether a token is valid. */
function nameOf(verification: TokenVerification): string {
  const { kind, issuer, audience } = verification;
  return JSON.stringify([kind, kind === 'jwks' ? verification.url : verification.secret, issuer, audience]);
}

interface SignedToken {
  readonly verification: TokenVerification;
  readonly token: string;
  readonly now: Date;
}

/**
 * Algorithms are fixed, so that no token chooses its own (RFC 8725, section 3.1).
 * @param keySet of the issuer; undefined for a verification by a secret
 */
async function verify(
  { verification, token, now }: SignedToken,
  keySet: KeySet | undefined,
): Promise<JWTPayload> {
  const { issuer, audience } = verification;
  const options: JWTVerifyOptions = {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    currentDate: now,
    clockTolerance: clockLeewaySeconds,
  };
  if (verification.kind === 'secret') {
    const secret = new TextEncoder().encode(verification.secret);
    return (await jwtVerify(token, secret, { ...options, algorithms: ['HS256'] })).payload;
  }
  if (keySet === undefined) throw new Error(`The keys of ${verification.url} were not read.`);
  const algorithms = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];
  return (await jwtVerify(token, keySet.find, { ...options, algorithms })).payload;
}

function explain(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof errors.JWTExpired) {
    return new StorageError('auth/access-token-expired', 'The access token has expired: sign in again.', {
      cause: error,
    });
  }
  if (error instanceof errors.JWTClaimValidationFailed) return explainClaim(error);
  if (error instanceof errors.JOSEError && !isOfTheIssuer(error)) {
    return tokenRefused('not-verified', 'The access token is not valid.', error);
  }
  return new StorageError(
    'common/unavailable',
    'The keys that tokens are signed with cannot be fetched now.',
    {
      cause: error,
      details: { retryAfterSeconds: 5 },
    },
  );
}

function explainClaim(error: errors.JWTClaimValidationFailed): StorageError {
  const { claim, reason } = error;
  if (claim === 'iss') return tokenRefused('wrong-issuer', 'The access token is of another issuer.', error);
  if (claim === 'aud')
    return tokenRefused('wrong-audience', 'The access token is for another audience.', error);
  if (claim === 'nbf' && reason === 'check_failed') {
    return tokenRefused('not-yet-valid', 'The access token is not valid yet.', error);
  }
  return tokenRefused('invalid-claim', `The "${claim}" of the access token is not as it must be.`, error);
}

/** Whether the key set could not be fetched or read, which is not the token's fault. */
function isOfTheIssuer(error: errors.JOSEError): boolean {
  return error instanceof errors.JWKSInvalid || error.code === errors.JOSEError.code;
}

function readClaims(payload: JWTPayload): CheckedToken {
  const { sub, exp, iat, aud } = payload;
  if (typeof sub !== 'string' || !isUserId(sub)) {
    throw tokenRefused('missing-sub', 'The access token names no user: "sub" is missing or unusable.');
  }
  // JSON allows 1e400, which is no date.
  if (exp !== undefined && Number.isNaN(new Date(exp * 1000).getTime())) {
    throw tokenRefused('invalid-claim', 'The "exp" of the access token is no date.');
  }
  return {
    userId: sub,
    isAdmin: payload.role === 'admin',
    ...(exp !== undefined && { expiresAt: new Date(exp * 1000) }),
    ...(iat !== undefined && { issuedAtSeconds: iat }),
    audiences: aud === undefined ? [] : [aud].flat(),
    environment: payload.environment,
  };
}
