import { StorageError } from '@bkend/storage-contract';
import { type AccessToken, type TokenRefusalReason, tokenRefused } from './access-token.ts';
import type { CheckJwt } from './check-jwt.ts';
import type { Tenant } from './tenant.ts';
import { refusalOf, type TokenRules, type TokenSource } from './token-rules.ts';

export interface VerifyDeps {
  readonly findTokenRules: (tenant: Tenant) => Promise<TokenRules>;
  readonly checkJwt: CheckJwt;
  readonly clock: () => Date;
  /** Called when a token is accepted only because it was valid before the upgrade. */
  readonly onOpenToken: (tenant: Tenant, reason: TokenRefusalReason) => void;
}

/**
 * Verifies a token by the rules of one environment.
 * @throws `auth/invalid-access-token` with `details.reason`, `auth/access-token-expired`, `common/unavailable`
 */
export async function verifyAccessToken(
  deps: VerifyDeps,
  tenant: Tenant,
  token: string,
): Promise<AccessToken> {
  const rules = await deps.findTokenRules(tenant);
  const now = deps.clock();
  let unknown: StorageError | undefined;
  for (const source of rules.sources) {
    if (source.until !== undefined && source.until <= now) continue;
    const checked = await check(deps, source, token);
    if (checked instanceof StorageError) {
      unknown = checked;
      continue;
    }
    const refusal = refusalOf(rules, source, { token: checked, now });
    if (refusal !== undefined) {
      const reason = reasonOf(refusal);
      const isOpen = rules.openUntil !== undefined && rules.openUntil > now;
      if (!isOpen || reason === undefined || reason === 'wrong-environment') throw refusal;
      deps.onOpenToken(tenant, reason);
    }
    const { userId, isAdmin, expiresAt } = checked;
    return { userId, isAdmin, ...(expiresAt !== undefined && { expiresAt }) };
  }
  throw unknown ?? tokenRefused('not-verified', 'No access token is good in this environment.');
}

/** @returns the refusal when the source does not verify the signature, so that the next one is tried */
async function check({ checkJwt }: VerifyDeps, { verification }: TokenSource, token: string) {
  try {
    return await checkJwt(verification, token);
  } catch (error) {
    if (error instanceof StorageError && reasonOf(error) === 'not-verified') return error;
    throw error;
  }
}

function reasonOf({ details }: StorageError): TokenRefusalReason | undefined {
  // Every refusal of a token is made by `tokenRefused`, which sets it.
  return details.reason as TokenRefusalReason | undefined;
}
