import { StorageError } from '@bkend/storage-contract';
import type { Tenant } from './tenant.ts';

/** Scopes of keys; `*:*` is everything. */
export const scopes = ['files:read', 'files:write', 'files:*', 'events:read', '*:read', '*:*'] as const;
export type Scope = (typeof scopes)[number];

/** Operations that a scope allows. */
export type Operation =
  | 'files:read'
  | 'files:write'
  | 'events:read'
  | 'environment:read'
  | 'environment:write'
  | 'webhooks:read'
  | 'webhooks:write';

interface CallerBase {
  readonly tenant: Tenant;
  /** The id of the API key. */
  readonly keyId: string;
  /** Scopes of the key; none means all. */
  readonly scopes: readonly Scope[];
}

/** A publishable key alone: reads `public` files. */
export interface Guest extends CallerBase {
  readonly kind: 'guest';
}

/** A publishable key with a user's token. */
export interface User extends CallerBase {
  readonly kind: 'user';
  readonly userId: string;
}

/** A secret key, or a token with the admin role. `userId` is the token's, where there was one. */
export interface Admin extends CallerBase {
  readonly kind: 'admin';
  readonly userId?: string;
}

/** The authenticated sender of a request. */
export type Caller = Guest | User | Admin;

/**
 * Refuses guests; users and admins pass.
 * @throws `common/authentication-required`
 */
export function requireSignedIn(caller: Caller): asserts caller is User | Admin {
  if (caller.kind === 'guest') {
    throw new StorageError(
      'common/authentication-required',
      'This needs a signed-in user: send "Authorization: Bearer <access token>".',
    );
  }
}

/**
 * Refuses guests and users.
 * @throws `common/authentication-required` for a guest, `file/access-denied` for a user
 */
export function requireAdmin(caller: Caller): asserts caller is Admin {
  requireSignedIn(caller);
  if (caller.kind !== 'admin') throw new StorageError('file/access-denied', 'This is for admins only.');
}

/**
 * Refuses a key whose scopes do not include the operation.
 * @throws `auth/scope-insufficient`
 */
export function requireScope(caller: Caller, operation: Operation): void {
  if (hasScope(caller, operation)) return;
  throw new StorageError('auth/scope-insufficient', `This API key does not have the scope ${operation}.`, {
    details: { required: operation, scopes: caller.scopes },
  });
}

/** Whether the scopes of the caller's key include the operation. */
export function hasScope(caller: Caller, operation: Operation): boolean {
  const [resource, access] = operation.split(':');
  const enough: readonly string[] = [operation, `${resource}:*`, `*:${access}`, '*:*'];
  return caller.scopes.length === 0 || caller.scopes.some((scope) => enough.includes(scope));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const userIdPattern = /^[^\u0000-\u001f\u007f]{1,255}$/u;

/**
 * Whether this can be a user's id: any text of an identity provider that can be stored and be a segment of a URL. Clients
 * remove `.` and `..` from URLs (RFC 3986, section 5.2.4).
 */
export function isUserId(text: string): boolean {
  return userIdPattern.test(text) && text.isWellFormed() && text !== '.' && text !== '..';
}
