import { type ErrorCode, StorageError } from '@bkend/storage-contract';
import { type AccessToken, tokenRefused } from './access-token.ts';
import { type ApiKey, hashApiKey, isApiKey } from './api-key.ts';
import type { Caller } from './caller.ts';
import type { Tenant } from './tenant.ts';

export interface AuthenticateDeps {
  /** By the key's hash; cached by whoever supplies it. */
  readonly findApiKey: (hash: Buffer, beforeLookUp?: () => void) => Promise<ApiKey | undefined>;
  /** By the rules of the key's environment. */
  readonly verifyAccessToken: (tenant: Tenant, token: string) => Promise<AccessToken>;
  readonly clock: () => Date;
}

export interface Credentials {
  /** `X-API-Key` */
  readonly apiKey: string | undefined;
  /** `Authorization` */
  readonly authorization: string | undefined;
  /** Called before a key is looked up that was never seen; what it throws forbids the look-up. */
  readonly beforeLookUp?: () => void;
}

/**
 * Finds out who is calling. The key names the environment, and a token must be good in that one: a bad one is refused and
 * never makes a guest, because clients refresh their token on 401.
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

async function getApiKey(deps: AuthenticateDeps, { apiKey, beforeLookUp }: Credentials): Promise<ApiKey> {
  const refuse = (code: ErrorCode, message: string) => new StorageError(code, message);
  if (!apiKey) throw refuse('auth/invalid-api-key', 'Send your API key as the X-API-Key header.');
  const key = isApiKey(apiKey) ? await deps.findApiKey(hashApiKey(apiKey), beforeLookUp) : undefined;
  if (key === undefined) throw refuse('auth/invalid-api-key', 'This API key is not known here.');
  if (key.revokedAt !== undefined) throw refuse('auth/api-key-revoked', 'This API key has been revoked.');
  if (key.expiresAt !== undefined && key.expiresAt <= deps.clock()) {
    throw refuse('auth/api-key-expired', 'This API key has expired.');
  }
  return key;
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
