import { type Category, categories, StorageError } from '@bkend/storage-contract';
import { parseTenant, type Tenant } from '../identity/tenant.ts';

/** `<project>/<env>/<category>/<yyyy>/<mm>/<uuid><.ext>`; an import may bring UUIDs of any version. */
const keyPattern =
  /^([a-z0-9-]+\/[a-z0-9-]+)\/[a-z]+\/\d{4}\/\d{2}\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.[a-z0-9]{1,16})?$/;

/** The part of a name that its key keeps, its extension: for tools that look at the bucket; needs no escaping. */
const extensionPattern = /\.([A-Za-z0-9]{1,16})$/;

/**
 * A new key: unguessable by the id's 74 random bits, and never used twice. Of the file's name it has the extension alone.
 * @param input.id a fresh UUIDv7 (RFC 9562, section 5.7), or the id that an imported file keeps
 */
export function makeFileKey(input: {
  tenant: Tenant;
  category: Category;
  id: string;
  filename: string;
  at: Date;
}): string {
  const extension = extensionPattern.exec(input.filename)?.[1]?.toLowerCase();
  const name = extension === undefined ? input.id : `${input.id}.${extension}`;
  return `${input.tenant}/${input.category}/${monthOf(input.at)}/${name}`;
}

/** The month in UTC, `2026/01`. */
function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7).replace('-', '/');
}

/** The id of the file that is registered with this key: the key has it. */
export function fileIdOf(key: string): string {
  const id = keyPattern.exec(key)?.[2];
  if (id === undefined) throw new Error(`not a file's key: ${key}`);
  return id;
}

/** Time by which the clock may be before an id: a key has the month of the clock. */
const earlierMs = 60_000;

/** Beginnings of the key of the upload whose file will have this id: a UUIDv7, which holds the instant at which it was made. */
export function keysOfFileId(tenant: Tenant, id: string): readonly string[] {
  if (!uuidV7Pattern.test(id)) return [];
  const at = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  if (at > latestYear) return [];
  const months = new Set([at, at - earlierMs].map((instant) => monthOf(new Date(instant))));
  return [...months].flatMap((month) => categories.map((category) => `${tenant}/${category}/${month}/${id}`));
}

const uuidV7Pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const latestYear = Date.UTC(9999, 0);

/** Prefix of pending bytes, which only their upload's URL reaches. */
export const pendingPrefix = '_pending/';

/** The object key of a single PUT's pending bytes. */
export function pendingKeyOf(key: string): string {
  return pendingPrefix + key;
}

/**
 * The key of an upload of new contents, behind the key of their file: so all object keys of a file sort right after its key,
 * and such an upload cannot be registered as a file.
 * @param id a fresh UUID; it becomes the id of the version
 */
export function contentsKeyOf(fileKey: string, id: string): string {
  return `${fileKey}~${id}`;
}

/**
 * Splits the key of an upload into the key of its file and, for new contents, the id of their version.
 * @param key of an upload of this server
 */
export function splitUploadKey(key: string): { readonly fileKey: string; readonly versionId?: string } {
  const [fileKey = key, versionId] = key.split('~');
  return { fileKey, ...(versionId !== undefined && { versionId }) };
}

/**
 * The key that all object keys of a file begin with: its own key or, where an import gave it a key that this server would not
 * have made, the one that it would have made.
 */
export function baseKeyOf({ objectKey }: { readonly objectKey: string }): string {
  return splitUploadKey(objectKey).fileKey;
}

/** Control characters, and what clients resolve away in a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const unusable = /[\u0000-\u001f\u007f]|^\/|\/$|\/\/|(?:^|\/)\.{1,2}(?:\/|$)/;

/** Whether an import may give a file this key: any path that can be a URL's and be stored. */
export function isGivenKey(key: string): boolean {
  return key !== '' && !unusable.test(key) && key.isWellFormed();
}

/** The object key of an attempt's copy, behind the key of its file; it is written once. */
export function copyKeyOf(uploadKey: string, attempt: string): string {
  return `${splitUploadKey(uploadKey).fileKey}~${attempt}`;
}

/**
 * Parses an object key into its kind, tenant and file key.
 * @returns undefined for a key that this server never issued
 */
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
  if (attempt !== undefined && !uuidPattern.test(attempt)) return undefined;
  const tenant = tenantOfFileKey(key);
  if (tenant === undefined) return undefined;
  return { kind: isPending ? 'pending' : attempt === undefined ? 'whole' : 'copy', tenant, key };
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The tenant of a file's key; undefined for a key that this server never issued. */
export function tenantOfFileKey(key: string): Tenant | undefined {
  const tenant = keyPattern.exec(key)?.[1];
  return tenant === undefined ? undefined : parseTenant(tenant);
}

/** The tenant that a key has to be of, and its largest length. */
interface KeyRule {
  readonly tenant: Tenant;
  readonly maxKeyBytes: number;
}

/**
 * Refuses keys of other tenants, and text that is not a key, so that neither reaches the store. Another tenant's key is
 * answered like one that never existed, and so is the key of new contents of a file, which make no file.
 * @throws `file/s3-key-too-long`, `file/invalid-path`, `file/upload-not-found`
 */
export function requireFileKey(key: string, rule: KeyRule): void {
  requireUploadKey(key, rule);
  if (splitUploadKey(key).versionId === undefined) return;
  throw new StorageError(
    'file/upload-not-found',
    'This upload is of new contents for a file: PUT them with its key as `uploadKey`, or ask for a URL of a new file.',
  );
}

/**
 * As {@link requireFileKey}, for every upload: a file's, or of new contents.
 * @throws `file/s3-key-too-long`, `file/invalid-path`, `file/upload-not-found`
 */
export function requireUploadKey(key: string, owner: KeyRule): void {
  if (Buffer.byteLength(key) > owner.maxKeyBytes) {
    throw new StorageError('file/s3-key-too-long', `A key has at most ${owner.maxKeyBytes} bytes.`, {
      details: { maxBytes: owner.maxKeyBytes },
    });
  }
  const known = key.startsWith(pendingPrefix) ? undefined : readObjectKey(key);
  if (known === undefined) {
    throw new StorageError(
      'file/invalid-path',
      'This is not a key of this server: use the one from the presign or multipart init answer unchanged.',
    );
  }
  if (known.tenant !== owner.tenant) throw uploadNotFound();
}

export function uploadNotFound(): StorageError {
  return new StorageError(
    'file/upload-not-found',
    'There is no such upload: it expired, was aborted or never existed. Ask for a new URL and send the file again.',
  );
}
