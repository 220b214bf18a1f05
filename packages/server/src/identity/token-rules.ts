import type { StorageError } from '@bkend/storage-contract';
import { type TokenVerification, tokenRefused } from './access-token.ts';
import type { Tenant } from './tenant.ts';
import { type CheckedToken, clockLeewaySeconds } from './token-check.ts';

/** One way in which an environment verifies tokens. */
export interface TokenSource {
  readonly verification: TokenVerification;
  /**
   * Whether a token has to name its environment: `required` where another environment could verify it too; of tokens with
   * several audiences only, where each of the environments names an audience of its own.
   */
  readonly environmentClaim: 'optional' | 'required' | 'required-of-several-audiences';
  /** Tokens that name no environment are good when they were issued after this instant. */
  readonly claimlessFrom?: Date;
  /** From then on nothing is verified so any more. */
  readonly until?: Date;
}

/** What makes a token good in one environment. */
export interface TokenRules {
  readonly tenant: Tenant;
  /** Tried in order until one knows the signature; empty where no token is good. */
  readonly sources: readonly TokenSource[];
  /** When the environment was made: tokens issued before are refused. */
  readonly issuedFrom?: Date;
  /** Until then, tokens that were good before the upgrade are: without `exp`, and for several environments at once. */
  readonly openUntil?: Date;
}

/**
 * Why a token that `source` has verified is no good in this environment; undefined when it is. An `iat` in the future is
 * passed over, but proves nothing where a token has to be young. `iat` has no more than seconds (RFC 7519, section 2): a
 * token of the second in which its environment was made is good, one of the second in which home was moved is not.
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
