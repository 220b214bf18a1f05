import { StorageError } from '@bkend/storage-contract';
import type { Tenant } from './tenant.ts';

/** What a key can be limited to; `*:*` is everything. */
export const scopes = ['files:read', 'files:write', 'files:*', '*:read', '*:*'] as const;
export type Scope = (typeof scopes)[number];

/** What a scope can allow: something to read, or to write. */
export type Operation = 'files:read' | 'files:write' | 'environment:read' | 'environment:write';

interface CallerBase {
  readonly tenant: Tenant;
  /** The API key that was shown. */
  readonly keyId: string;
  /** What the key may do; empty means all. */
  readonly scopes: readonly Scope[];
}

/** A publishable key alone: sees `public` files. */
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

/** Who is asking. */
export type Caller = Guest | User | Admin;

/**
 * Refuses guests.
 * @throws `common/authentication-required`
 */
export function requireUser(caller: Caller): asserts caller is User | Admin {
  if (caller.kind === 'guest') {
    throw new StorageError(
      'common/authentication-required',
      'This needs a signed-in user: send "Authorization: Bearer <access token>".',
    );
  }
}

/**
 * Refuses everybody but admins.
 * @throws `common/authentication-required` for a guest, `file/access-denied` for a user
 */
export function requireAdmin(caller: Caller): asserts caller is Admin {
  requireUser(caller);
  if (caller.kind !== 'admin') throw new StorageError('file/access-denied', 'This is for admins only.');
}

/**
 * Refuses a key whose scopes leave this operation out.
 * @throws `auth/scope-insufficient`
 */
export function requireScope(caller: Caller, operation: Operation): void {
  const [resource, access] = operation.split(':');
  const enough: readonly string[] = [operation, `${resource}:*`, `*:${access}`, '*:*'];
  if (caller.scopes.length === 0 || caller.scopes.some((scope) => enough.includes(scope))) return;
  throw new StorageError('auth/scope-insufficient', `This API key does not have the scope ${operation}.`, {
    details: { required: operation, scopes: caller.scopes },
  });
}
