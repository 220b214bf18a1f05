/**
 * The signing key and the signatures made with it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { AmzDate } from './signing-time.ts';

/** The day, region and service that a signing key is valid for. */
export interface CredentialScope {
  /** `yyyyMMdd`, UTC. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The last part of every scope. */
export const scopeTerminator = 'aws4_request';

/** Formats a scope: `20130524/us-east-1/s3/aws4_request`. */
export function formatScope({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/${scopeTerminator}`;
}

/** Key, time and scope, which all signatures of one second share. */
export interface SigningContext {
  readonly signingKey: KeyObject;
  readonly timestamp: AmzDate;
  /** `yyyyMMdd/region/service/aws4_request` */
  readonly scope: string;
}

/**
 * Derives the key that signs for one day, region and service. It is a `KeyObject` so that it cannot be
 * printed by accident.
 */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): KeyObject {
  const dateKey = hmac(`AWS4${secretAccessKey}`, scope.date);
  const regionKey = hmac(dateKey, scope.region);
  const serviceKey = hmac(regionKey, scope.service);
  return createSecretKey(hmac(serviceKey, scopeTerminator));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/** Returns the signing key of a secret and scope, derived at most once while it stays in the cache. */
type SigningKeyCache = (secretAccessKey: string, scope: CredentialScope) => KeyObject;

/**
 * Creates a cache of derived keys that evicts the least recently used one. Deriving costs four HMACs, signing one.
 *
 * A server needs an entry for each access key and each of the eight days on which a presigned URL may be valid.
 *
 * @param maxEntries about 300 bytes each.
 */
export function createSigningKeyCache(maxEntries: number): SigningKeyCache {
  const keys = new Map<string, KeyObject>();
  let latest:
    | { readonly secret: string; readonly scope: CredentialScope; readonly key: KeyObject }
    | undefined;
  return (secretAccessKey, scope) => {
    // Mostly the same one signs again.
    if (latest?.secret === secretAccessKey && isSameScope(latest.scope, scope)) return latest.key;
    const id = `${formatScope(scope)}/${secretAccessKey}`;
    const cached = keys.get(id);
    // A Map iterates in insertion order: re-inserting what is used keeps the least recently used first.
    if (cached !== undefined) keys.delete(id);
    const key = cached ?? deriveSigningKey(secretAccessKey, scope);
    keys.set(id, key);
    if (keys.size > maxEntries) {
      const { value: oldest } = keys.keys().next();
      if (oldest !== undefined) keys.delete(oldest);
    }
    latest = { secret: secretAccessKey, scope, key };
    return key;
  };
}

function isSameScope(a: CredentialScope, b: CredentialScope): boolean {
  return a.date === b.date && a.region === b.region && a.service === b.service;
}

/**
 * Computes a signature, the last step of every SigV4 computation.
 *
 * @returns lower-case hex HMAC-SHA256.
 */
export function computeSignature(signingKey: KeyObject, stringToSign: string): string {
  return createHmac('sha256', signingKey).update(stringToSign, 'utf8').digest('hex');
}

/** Compares two hex signatures in a time that depends on their lengths alone. */
export function signaturesEqual(expected: string, presented: string): boolean {
  const expectedBytes = Buffer.from(expected, 'latin1');
  const presentedBytes = Buffer.from(presented, 'latin1');
  return expectedBytes.length === presentedBytes.length && timingSafeEqual(expectedBytes, presentedBytes);
}
