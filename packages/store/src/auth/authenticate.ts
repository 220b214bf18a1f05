import type { IncomingMessage } from 'node:http';
import { SignatureError, type VerifyOptions, verifyRequest } from '@bkend/sigv4';
import { S3Error } from '../errors/s3-error.ts';
import { readTarget } from '../http/s3-target.ts';
import { accessKeyKey } from '../index/keys.ts';
import type { AccessKeyRecord } from '../index/records.ts';
import type { Table } from '../index/table.ts';
import type { AuthenticatedRequest, VerifiedUrlCache } from './verified-url-cache.ts';

/** Keys, region and clock that signatures are verified with. */
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
 * Returns the caller of a request whose signature has been verified.
 *
 * @throws SignatureError `InvalidAccessKeyId` for a key that was revoked meanwhile
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

/** Parts of the store that authentication uses. */
export interface AuthenticationDeps {
  readonly access: AccessDeps;
  readonly urls: VerifiedUrlCache;
  /** Host whose subdomains are buckets; without a port. */
  readonly baseDomain: string | undefined;
}

/**
 * Verifies the signature of a request and reads its target. Called before anything else looks at the request.
 *
 * @throws SignatureError; S3Error as `readTarget`
 */
export function authenticateRequest(
  deps: AuthenticationDeps,
  request: IncomingMessage,
): AuthenticatedRequest {
  const options = verifyOptions(deps.access);
  const remembered = deps.urls.find(request, options);
  if (remembered !== undefined) return remembered;
  const { method = '', url: rawUrl = '', rawHeaders, headers } = request;
  const verified = verifyRequest({ method, rawUrl, rawHeaders }, options);
  const target = readTarget(verified.target, { host: headers.host, baseDomain: deps.baseDomain });
  const authenticated = { verified, target };
  deps.urls.keep(request, authenticated, options);
  return authenticated;
}

/** The signer of a request, and the rights of its key. */
export interface Caller {
  /** Absent for anonymous requests. */
  readonly accessKeyId?: string;
  readonly kind: 'header' | 'query' | 'post-policy' | 'anonymous';
  /** The one bucket; all when absent. */
  readonly bucket?: string;
  readonly isReadOnly: boolean;
}

/** Kind of an operation: `read`, `write` (changes objects) or `manage` (changes buckets and their settings). */
export type Access = 'read' | 'write' | 'manage';

/**
 * @param bucket of the target; undefined for the service itself
 * @throws S3Error `AccessDenied`
 */
export function authorise(caller: Caller, access: Access, bucket: string | undefined): void {
  const isAllowed =
    caller.kind !== 'anonymous' &&
    (!caller.isReadOnly || access === 'read') &&
    (caller.bucket === undefined || (bucket === caller.bucket && access !== 'manage'));
  if (!isAllowed) throw new S3Error('AccessDenied');
}

/** The key the service itself signs with. */
export interface ServiceCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Rights of an access key. */
interface Grant {
  readonly secretAccessKey: string;
  readonly bucket?: string;
  readonly isReadOnly: boolean;
}

/** Undefined if there is no such key. */
function findGrant(
  accessKeyId: string,
  service: ServiceCredentials,
  accessKeys: Table<AccessKeyRecord>,
): Grant | undefined {
  if (accessKeyId === service.accessKeyId) {
    return { secretAccessKey: service.secretAccessKey, isReadOnly: false };
  }
  if (!/^[A-Za-z0-9]{1,128}$/.test(accessKeyId)) return undefined;
  const record = accessKeys.get(accessKeyKey(accessKeyId));
  if (record === undefined) return undefined;
  const { secretAccessKey, bucket, readOnly } = record;
  return { secretAccessKey, isReadOnly: readOnly, ...(bucket !== undefined && { bucket }) };
}
