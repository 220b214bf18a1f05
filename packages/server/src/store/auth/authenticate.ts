import { SignatureError, type VerifyOptions } from '@bkend/sigv4';
import type { AccessKeyRecord } from '../index/records.ts';
import type { Table } from '../index/table.ts';
import { findGrant, type ServiceCredentials } from './access-keys.ts';
import type { Caller } from './caller.ts';

/** What signatures are held against. */
export interface AccessDeps {
  readonly region: string;
  readonly credentials: ServiceCredentials;
  readonly accessKeys: Table<AccessKeyRecord>;
  readonly clock: () => Date;
}

export function verifyOptions(deps: AccessDeps): VerifyOptions {
  return {
    region: deps.region,
    now: deps.clock(),
    findSecret: (accessKeyId) => findGrant(accessKeyId, deps.credentials, deps.accessKeys)?.secretAccessKey,
  };
}

/**
 * Who has signed, once the signature has been checked.
 *
 * @throws SignatureError `InvalidAccessKeyId` for a key that has gone in between
 */
export function callerOf(
  deps: AccessDeps,
  signature: { readonly kind: Caller['kind']; readonly accessKeyId?: string },
): Caller {
  const { kind, accessKeyId } = signature;
  if (accessKeyId === undefined) return { kind: 'anonymous', isReadOnly: true };
  const grant = findGrant(accessKeyId, deps.credentials, deps.accessKeys);
  if (grant === undefined) throw new SignatureError('InvalidAccessKeyId', 'This key has just been revoked.');
  const { bucket, isReadOnly } = grant;
  return { kind, accessKeyId, isReadOnly, ...(bucket !== undefined && { bucket }) };
}
