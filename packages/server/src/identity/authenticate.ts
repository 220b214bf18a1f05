import { type AccessToken, tokenRefused } from './access-token.ts';
import { type ApiKeyLookUp, getApiKey } from './api-key.ts';
import type { Caller } from './caller.ts';
import type { Tenant } from './tenant.ts';

export interface AuthenticateDeps extends ApiKeyLookUp {
  /** Verifies a token by the rules of the key's environment. */
  readonly verifyAccessToken: (tenant: Tenant, token: string) => Promise<AccessToken>;
}

export interface Credentials {
  /** The header `X-API-Key`. */
  readonly apiKey: string | undefined;
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** Called before a key is looked up that was never found; an error prevents the look-up. */
  readonly beforeLookUp?: () => void;
}

/**
 * Finds the caller of a request. The key names the environment, in which the token must be valid: an invalid token is
 * refused and never makes a guest, because clients refresh their token on 401.
 * @throws `auth/invalid-api-key`, `auth/api-key-expired`, `auth/api-key-revoked`, `auth/invalid-access-token`,
 * `auth/access-token-expired`
 */
export async function authenticate(deps: AuthenticateDeps, credentials: Credentials): Promise<Caller> {
  const key = await getApiKey(deps, credentials);
  const token = await getAccessToken(deps, key.tenant, credentials.authorization);
  const base = { tenant: key.tenant, keyId: key.id, scopes: key.scopes };
  if (key.type === 'secret' || token?.isAdmin) {
    return { ...base, kind: 'admin', ...(token && { userId: token.userId }) };
  }
  return token ? { ...base, kind: 'user', userId: token.userId } : { ...base, kind: 'guest' };
}

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). */
const bearerPattern = /^bearer +(\S+) *$/i;

async function getAccessToken(
  deps: AuthenticateDeps,
  tenant: Tenant,
  authorization: string | undefined,
): Promise<AccessToken | undefined> {
  if (authorization === undefined) return undefined;
  const token = bearerPattern.exec(authorization)?.[1];
  if (token === undefined) {
    throw tokenRefused('malformed', 'Send the token as "Authorization: Bearer <access token>".');
  }
  return deps.verifyAccessToken(tenant, token);
}
