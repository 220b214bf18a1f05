import type { Category } from '@bkend/storage-contract';
import { StorageError } from '@bkend/storage-contract';
import { parseTenant, type Tenant } from '../identity/tenant.ts';

/** `<project>/<env>/<category>/<yyyy>/<mm>/<uuidv7><.ext>` */
const keyPattern =
  /^([a-z0-9-]+\/[a-z0-9-]+)\/[a-z]+\/\d{4}\/\d{2}\/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:\.[a-z0-9]{1,16})?$/;

/** What is kept of a name's extension: enough for people and tools that look at the bucket, nothing that needs escaping. */
const extensionPattern = /\.([A-Za-z0-9]{1,16})$/;

/**
 * A new place for bytes: unguessable through the id's 74 random bits, never used twice, and the user's own name is no
 * part of it.
 * @param input.id a fresh UUIDv7 (RFC 9562, section 5.7)
 */
export function makeFileKey(input: {
  tenant: Tenant;
  category: Category;
  id: string;
  filename: string;
  at: Date;
}): string {
  const [year, month] = input.at.toISOString().split('-');
  const extension = extensionPattern.exec(input.filename)?.[1]?.toLowerCase();
  const name = extension === undefined ? input.id : `${input.id}.${extension}`;
  return `${input.tenant}/${input.category}/${year}/${month}/${name}`;
}

/** Below this, bytes wait to be registered: only the holder of their upload's URL reaches them. */
export const pendingPrefix = '_pending/';

/** Where the bytes of a single PUT arrive. */
export function pendingKeyOf(key: string): string {
  return pendingPrefix + key;
}

/** Where the bytes of a file lie that an attempt at registering it has copied there: a place that is written to once. */
export function copyKeyOf(key: string, attempt: string): string {
  return `${key}~${attempt}`;
}

/** What an object is to this server, and the tenant and the file's key it belongs to; undefined when it is none of ours. */
export function readObjectKey(
  objectKey: string,
):
  | { readonly kind: 'pending' | 'copy' | 'whole'; readonly tenant: Tenant; readonly key: string }
  | undefined {
  const isPending = objectKey.startsWith(pendingPrefix);
  const whole = isPending ? objectKey.slice(pendingPrefix.length) : objectKey;
  const at = whole.indexOf('~');
  const key = at < 0 ? whole : whole.slice(0, at);
  const attempt = at < 0 ? undefined : whole.slice(at + 1);
  if (attempt !== undefined && (isPending || !attemptPattern.test(attempt))) return undefined;
  const tenant = tenantOfFileKey(key);
  if (tenant === undefined) return undefined;
  return { kind: isPending ? 'pending' : attempt === undefined ? 'whole' : 'copy', tenant, key };
}

const attemptPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The tenant a file's key belongs to; undefined for a key this server never issued. */
export function tenantOfFileKey(key: string): Tenant | undefined {
  const tenant = keyPattern.exec(key)?.[1];
  return tenant === undefined ? undefined : parseTenant(tenant);
}

/**
 * Lets only this tenant's own keys pass, so that no key from outside ever reaches the store. Another tenant's key gives
 * the answer of a key that never was.
 * @throws `file/s3-key-too-long`, `file/invalid-path`, `file/upload-not-found`
 */
export function requireFileKey(key: string, owner: { tenant: Tenant; maxKeyBytes: number }): void {
  if (Buffer.byteLength(key) > owner.maxKeyBytes) {
    throw new StorageError('file/s3-key-too-long', `A key has at most ${owner.maxKeyBytes} bytes.`, {
      details: { maxBytes: owner.maxKeyBytes },
    });
  }
  const tenant = tenantOfFileKey(key);
  if (tenant === undefined) {
    throw new StorageError(
      'file/invalid-path',
      'This is no key of this server: use the one from the presign or multipart init answer as it is.',
    );
  }
  if (tenant !== owner.tenant) throw uploadNotFound();
}

export function uploadNotFound(): StorageError {
  return new StorageError(
    'file/upload-not-found',
    'There is no such upload: it expired, was aborted, or never was. Ask for a new URL and send the file again.',
  );
}
