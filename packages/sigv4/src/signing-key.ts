import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type CredentialScope, formatScope, scopeTerminator } from './credential-scope.ts';

/**
 * Derives the key that signs for one day, region and service. It is a `KeyObject` so that it cannot be
 * printed by accident.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (derive a signing key)
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

/** Gives the signing key of a secret and scope, derived at most once while it stays in the cache. */
export type SigningKeyCache = (secretAccessKey: string, scope: CredentialScope) => KeyObject;

/**
 * Remembers derived keys, forgetting the one used longest ago when full. Deriving costs four HMACs, signing one.
 *
 * A server needs an entry for each access key and each of the eight days a presigned URL may be alive on.
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
    const known = keys.get(id);
    // A Map iterates in insertion order: re-inserting what is used keeps the least recently used first.
    if (known !== undefined) keys.delete(id);
    const key = known ?? deriveSigningKey(secretAccessKey, scope);
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
