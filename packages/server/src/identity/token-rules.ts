import type { StorageError } from '@bkend/storage-contract';
import { type TokenVerification, tokenRefused } from './access-token.ts';
import { type CheckedToken, clockLeewaySeconds } from './check-jwt.ts';
import type { Tenant } from './tenant.ts';

/** One source of tokens that an environment accepts. */
export interface TokenSource {
  readonly verification: TokenVerification;
  /**
   * Whether a token must name its environment: `required` where another environment could verify it, too; only tokens with
   * several audiences must, where each of these environments names an audience of its own.
   */
  readonly environmentClaim: 'optional' | 'required' | 'required-of-several-audiences';
  /** Tokens without `environment` are valid when they were issued after this instant. */
  readonly claimlessFrom?: Date;
  /** The instant from which this source is not used any more. */
  readonly until?: Date;
}

/** The rules by which a token is valid in one environment. */
export interface TokenRules {
  readonly tenant: Tenant;
  /** Tried in order until one verifies the signature; empty where no token is valid. */
  readonly sources: readonly TokenSource[];
  /** When the environment was created: tokens issued before are refused. */
  readonly issuedFrom?: Date;
  /** Until then, tokens that were valid before the upgrade stay valid: without `exp`, and in several environments. */
  readonly openUntil?: Date;
}

/**
 * Judges the claims of a token whose signature `source` has verified. An `iat` in the future is ignored, but proves nothing
 * where a token must be young. `iat` has whole seconds (RFC 7519, section 2): a token of the second in which its
 * environment was created is valid, one of the second in which home was moved is not.
 * @returns the refusal; undefined when the token is valid
 */
export function refusalOf(
  rules: TokenRules,
  source: TokenSource,
  { token, now }: { token: CheckedToken; now: Date },
): StorageError | undefined {
  const { tenant, issuedFrom } = rules;
  const { environment, issuedAtSeconds } = token;
  if (environment !== undefined && environment !== tenant) {
    return tokenRefused('wrong-environment', 'The access token is for another environment.');
  }
  if (token.expiresAt === undefined) {
    return tokenRefused('missing-exp', 'The access token has no end: tokens must have "exp".');
  }
  if (environment === undefined && isClaimNeeded(source, token)) {
    return tokenRefused(
      'missing-environment',
      `Other environments could take this token too, so it must name its own: "environment": "${tenant}".`,
    );
  }
  if (issuedFrom !== undefined && issuedAtSeconds !== undefined && issuedAtSeconds < secondsOf(issuedFrom)) {
    return tokenRefused(
      'issued-before-environment',
      'The access token is older than its environment: sign in again.',
    );
  }
  if (environment === undefined && source.claimlessFrom !== undefined) {
    const isYoung =
      issuedAtSeconds !== undefined &&
      issuedAtSeconds * 1000 >= source.claimlessFrom.getTime() &&
      issuedAtSeconds <= secondsOf(now) + clockLeewaySeconds;
    if (!isYoung) {
      return tokenRefused(
        'issued-before-home',
        'The access token names no environment, and may be older than the move of the home environment: sign in again.',
      );
    }
  }
  return undefined;
}

function isClaimNeeded({ environmentClaim }: TokenSource, { audiences }: CheckedToken): boolean {
  if (environmentClaim === 'required-of-several-audiences') return audiences.length > 1;
  return environmentClaim === 'required';
}

function secondsOf(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}
